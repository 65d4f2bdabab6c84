using System.Net;
using System.Net.Http.Json;
using Parley.Server.Platform.Auth;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Notes;

public sealed class NoteTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_public_note_is_for_the_team_and_a_private_one_for_its_author_and_admins()
    {
        var (tenant, contact) = await ContactAsync();
        var other = await fixture.App.ClientAsync(tenant.Id, "editor");
        await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = "likes **blue**" }, 201);
        var secret = await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = "owes us money", type = "private" }, 201);
        Assert.Equal(["owes us money", "likes **blue**"], await TextsAsync(tenant.Editor, contact));
        Assert.Equal(["owes us money", "likes **blue**"], await TextsAsync(tenant.Admin, contact));
        Assert.Equal(["likes **blue**"], await TextsAsync(other, contact));
        foreach (var path in new[] { $"/api/notes/{secret["id"]}", $"/api/notes/{secret["id"]}/versions" }) await other.GetJsonAsync(path, 404);
        await (await other.PatchAsJsonAsync($"/api/notes/{secret["id"]}", new { content = "stolen" })).JsonAsync(404);
        await tenant.Viewer.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = "x" }, 403);
    }

    [Fact]
    public async Task A_note_remembers_what_it_said_and_only_its_author_or_an_admin_changes_it()
    {
        var (tenant, contact) = await ContactAsync();
        var note = await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = "first" }, 201);
        var other = await fixture.App.ClientAsync(tenant.Id, "editor");
        await (await other.PatchAsJsonAsync($"/api/notes/{note["id"]}", new { content = "not mine" })).JsonAsync(403);
        Assert.Equal(HttpStatusCode.Forbidden, (await other.DeleteAsync($"/api/notes/{note["id"]}")).StatusCode);
        await (await tenant.Editor.PatchAsJsonAsync($"/api/notes/{note["id"]}", new { content = "second", version = 1 })).JsonAsync();
        await (await tenant.Editor.PatchAsJsonAsync($"/api/notes/{note["id"]}", new { content = "too late", version = 1 })).JsonAsync(409);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/notes/{note["id"]}", new { content = "third" })).JsonAsync();
        var versions = (await tenant.Viewer.GetJsonAsync($"/api/notes/{note["id"]}/versions"))["items"]!.AsArray();
        Assert.Equal(["third", "second", "first"], versions.Select(version => (string)version!["content"]!));
        (await tenant.Editor.DeleteAsync($"/api/notes/{note["id"]}")).EnsureSuccessStatusCode();
        Assert.Empty(await TextsAsync(tenant.Admin, contact));
        Assert.Equal(["note.deleted", "note.updated", "note.updated", "note.created"],
            (await tenant.Admin.GetJsonAsync($"/api/audit?resource=note&resource_id={note["id"]}"))["items"]!.AsArray().Select(line => (string)line!["action"]!));
    }

    [Fact]
    public async Task Whoever_is_named_is_told_once_and_only_of_what_they_may_read()
    {
        var (tenant, contact) = await ContactAsync();
        var (ana, id) = await UserAsync(tenant);
        var content = $"@[Ana](user:{id}) please call back, @[Nobody](user:{Guid.CreateVersion7()})";
        var note = await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content }, 201);
        await (await tenant.Editor.PatchAsJsonAsync($"/api/notes/{note["id"]}", new { content = content + " today" })).JsonAsync();
        await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content, type = "private" }, 201);
        var told = Assert.Single((await ana.GetJsonAsync("/api/notifications"))["items"]!.AsArray())!;
        Assert.Equal((note["id"]!.ToString(), contact.ToString(), "mention"), (told["note_id"]!.ToString(), told["contact_id"]!.ToString(), (string)told["kind"]!));

        // The line of the stream says whom it is for: nobody else's page asks.
        Assert.Equal([id], await tenant.App.Get<Parley.Server.Platform.Database.TenantDatabase>().ListAsync<Guid>(tenant.Id, "select user_id from events where tenant_id = @tenant and type = 'notification.created'", null, default));

        var (ben, _) = await UserAsync(tenant);
        Assert.Empty((await ben.GetJsonAsync("/api/notifications"))["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(ben, $"/api/notifications/{told["id"]}/read")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(ana, $"/api/notifications/{told["id"]}/read")).StatusCode);
        Assert.Empty((await ana.GetJsonAsync("/api/notifications?unread=true"))["items"]!.AsArray());

        // What becomes private is nobody else's any more.
        await (await tenant.Editor.PatchAsJsonAsync($"/api/notes/{note["id"]}", new { type = "private" })).JsonAsync();
        Assert.Empty((await ana.GetJsonAsync("/api/notifications"))["items"]!.AsArray());
    }

    [Fact]
    public async Task What_is_empty_too_long_or_of_another_contact_is_refused()
    {
        var (tenant, contact) = await ContactAsync();
        var (other, theirs) = await ContactAsync();
        var path = $"/api/contacts/{contact}/notes";
        await tenant.Editor.PostJsonAsync(path, new { content = " " }, 400);
        await tenant.Editor.PostJsonAsync(path, new { content = new string('x', 20_001) }, 400);
        await tenant.Editor.PostJsonAsync(path, new { content = "x", type = "secret" }, 400);
        var foreign = (string)(await other.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        await tenant.Editor.PostJsonAsync(path, new { content = "x", conversation_id = foreign }, 404);
        await tenant.Editor.PostJsonAsync($"/api/contacts/{theirs}/notes", new { content = "x" }, 404);
        var made = await tenant.Editor.PostJsonAsync(path, new { content = "once" }, 201, "note-1");
        Assert.Equal((string)made["id"]!, (string)(await tenant.Editor.PostJsonAsync(path, new { content = "once" }, 201, "note-1"))["id"]!);
        Assert.Equal(["once"], await TextsAsync(tenant.Viewer, contact));
    }

    async Task<(TestTenant Tenant, Guid Contact)> ContactAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987650301", "hello");
        return (tenant, (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["contact_id"]!);
    }

    async Task<(HttpClient Client, Guid Id)> UserAsync(TestTenant tenant)
    {
        var user = await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ana", role = "editor" }, 201);
        var (token, _) = await fixture.App.Get<SessionStore>().CreateAsync(tenant.Id, (Guid)user["id"]!, "127.0.0.1", "a test", default);
        Planted.Add(token);
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = fixture.App.Address };
        client.DefaultRequestHeaders.Add("Cookie", $"{Credentials.Cookie}={token}");
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        return (client, (Guid)user["id"]!);
    }

    static Task<HttpResponseMessage> SendAsync(HttpClient client, string path) => client.PutAsync(path, null);

    static async Task<IReadOnlyList<string>> TextsAsync(HttpClient client, Guid contact) =>
        [.. (await client.GetJsonAsync($"/api/contacts/{contact}/notes"))["items"]!.AsArray().Select(note => (string)note!["content"]!)];
}
