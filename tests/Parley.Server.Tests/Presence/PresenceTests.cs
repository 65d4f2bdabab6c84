using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Presence;

public sealed class PresenceTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Who_looks_at_a_contact_is_told_to_the_others_on_every_node_within_half_a_second()
    {
        await using var other = await TestApp.StartAsync(fixture.App.ConnectionString);
        var (tenant, contact) = await ContactAsync();
        var (ana, id) = await UserAsync(tenant, fixture.App);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var here = await ListenAsync(tenant, fixture.App, stop.Token);
        var there = await ListenAsync(tenant, other, stop.Token);
        var page = Guid.CreateVersion7();
        foreach (var (isTyping, status) in new[] { (false, "viewing"), (true, "typing") })
        {
            var since = Stopwatch.StartNew();
            (await ana.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = contact, is_typing = isTyping }, stop.Token)).EnsureSuccessStatusCode();
            foreach (var stream in new[] { here, there })
            {
                var change = (await NextAsync(stream, stop.Token))["changes"]![0]!;
                Assert.Equal((id.ToString(), contact.ToString(), status), ((string)change["user_id"]!, (string)change["contact_id"]!, (string)change["status"]!));
            }
            Assert.True(since.Elapsed < TimeSpan.FromMilliseconds(1500), $"It took {since.ElapsedMilliseconds} ms.");   // half a second on a machine that has nothing else to do
        }
        Assert.Equal("typing", (string?)Assert.Single((await tenant.Viewer.GetJsonAsync("/api/presence"))["items"]!.AsArray())!["status"]);

        // A page that closes is gone at once.
        (await ana.DeleteAsync($"/api/presence/{page}", stop.Token)).EnsureSuccessStatusCode();
        Assert.Equal("gone", (string?)(await NextAsync(there, stop.Token))["changes"]![0]!["status"]);
    }

    [Fact]
    public async Task A_page_that_says_nothing_any_more_disappears_within_thirty_seconds()
    {
        var (tenant, contact) = await ContactAsync();
        var (ana, _) = await UserAsync(tenant, fixture.App);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var stream = await ListenAsync(tenant, fixture.App, stop.Token);
        var page = Guid.CreateVersion7();
        (await ana.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = contact }, stop.Token)).EnsureSuccessStatusCode();
        Assert.Equal("viewing", (string?)(await NextAsync(stream, stop.Token))["changes"]![0]!["status"]);
        // What it said last is 25 seconds old.
        await fixture.App.Get<SystemDatabase>().ExecuteAsync("update presence set last_seen = last_seen - interval '25 seconds' where tenant_id = @tenant", new { tenant = tenant.Id }, stop.Token);
        Assert.Equal("gone", (string?)(await NextAsync(stream, stop.Token))["changes"]![0]!["status"]);
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/presence"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Whoever_takes_the_id_of_a_colleagues_page_disturbs_nobody()
    {
        await using var other = await TestApp.StartAsync(fixture.App.ConnectionString);
        var (tenant, contact) = await ContactAsync();
        var ((ana, anaId), (max, _)) = (await UserAsync(tenant, fixture.App), await UserAsync(tenant, other));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var page = Guid.CreateVersion7();
        (await ana.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = contact }, stop.Token)).EnsureSuccessStatusCode();
        (await max.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = contact }, stop.Token)).EnsureSuccessStatusCode();   // by a node that has not heard of her
        var stream = await ListenAsync(tenant, fixture.App, stop.Token);
        (await ana.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = contact, is_typing = true }, stop.Token)).EnsureSuccessStatusCode();
        var told = (await NextAsync(stream, stop.Token))["changes"]!.AsArray();
        while (!told.Any(change => (string?)change!["status"] == "typing")) told = (await NextAsync(stream, stop.Token))["changes"]!.AsArray();
        Assert.Equal(anaId, (Guid)told.Single(change => (string?)change!["status"] == "typing")!["user_id"]!);
    }

    [Fact]
    public async Task What_a_page_repeats_is_not_written_again()
    {
        var (tenant, contact) = await ContactAsync();
        var (ana, _) = await UserAsync(tenant, fixture.App);
        var page = Guid.CreateVersion7();
        var seen = new HashSet<DateTimeOffset>();
        for (var i = 0; i < 5; i++)
        {
            (await ana.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = contact })).EnsureSuccessStatusCode();
            seen.Add(await fixture.App.Get<SystemDatabase>().FindAsync<DateTimeOffset>("select last_seen from presence where tenant_id = @tenant", new { tenant = tenant.Id }, default));
        }
        Assert.Single(seen);
    }

    [Fact]
    public async Task What_pages_repeat_keeps_them_here_and_is_written_some_time_later_for_all_at_once()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var (ana, _) = await UserAsync(tenant, app);
        Guid[] pages = [Guid.CreateVersion7(), Guid.CreateVersion7()];
        for (var i = 0; i < 2; i++)
            foreach (var page in pages) (await ana.PutAsJsonAsync($"/api/presence/{page}", new { })).EnsureSuccessStatusCode();
        var system = app.Get<SystemDatabase>();
        await system.ExecuteAsync("update presence set last_seen = last_seen - interval '20 seconds'", null, default);
        await app.Get<Parley.Server.Presence.PresenceStore>().KeepOnceAsync(default);
        Assert.Equal(2, await system.FindAsync<int>("select count(*)::int from presence where last_seen > @soon", new { soon = TimeProvider.System.GetUtcNow().AddSeconds(-15) }, default));

        // After a crash of the database the table is empty: whoever repeats is here again.
        await system.ExecuteAsync("delete from presence", null, default);
        (await ana.PutAsJsonAsync($"/api/presence/{pages[0]}", new { })).EnsureSuccessStatusCode();
        await app.Get<Parley.Server.Presence.PresenceStore>().KeepOnceAsync(default);
        (await ana.PutAsJsonAsync($"/api/presence/{pages[0]}", new { })).EnsureSuccessStatusCode();
        Assert.Equal(pages[0].ToString(), (string?)Assert.Single((await tenant.Viewer.GetJsonAsync("/api/presence"))["items"]!.AsArray())!["page_id"]);
    }

    [Fact]
    public async Task A_page_that_is_still_there_says_so_without_a_body_and_nobody_else_can_say_it()
    {
        var (tenant, contact) = await ContactAsync();
        var (ana, _) = await UserAsync(tenant, fixture.App);
        var (bea, _) = await UserAsync(tenant, fixture.App);
        var page = Guid.CreateVersion7();
        await (await ana.PutAsync($"/api/presence/{page}", null)).JsonAsync(404);   // nobody knows where it is
        (await ana.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = contact })).EnsureSuccessStatusCode();
        for (var i = 0; i < 2; i++) Assert.Equal(System.Net.HttpStatusCode.NoContent, (await ana.PutAsync($"/api/presence/{page}", null)).StatusCode);
        await (await bea.PutAsync($"/api/presence/{page}", null)).JsonAsync(404);
        await (await fixture.App.Http.PutAsync($"/api/presence/{page}", null)).JsonAsync(401);
        Assert.Equal("viewing", (string?)Assert.Single((await tenant.Viewer.GetJsonAsync("/api/presence"))["items"]!.AsArray())!["status"]);
        (await ana.DeleteAsync($"/api/presence/{page}")).EnsureSuccessStatusCode();
        await (await ana.PutAsync($"/api/presence/{page}", null)).JsonAsync(404);
    }

    [Fact]
    public async Task Another_team_hears_nothing_and_a_key_is_nowhere()
    {
        var (tenant, contact) = await ContactAsync();
        var (other, theirs) = await ContactAsync();
        var (ana, _) = await UserAsync(tenant, fixture.App);
        var page = Guid.CreateVersion7();
        await (await ana.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = theirs })).JsonAsync(404);
        (await ana.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = contact })).EnsureSuccessStatusCode();
        Assert.Empty((await other.Viewer.GetJsonAsync("/api/presence"))["items"]!.AsArray());
        await (await tenant.Editor.PutAsJsonAsync($"/api/presence/{page}", new { })).JsonAsync(409);
    }

    async Task<(TestTenant Tenant, Guid Contact)> ContactAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987650401", "hello");
        return (tenant, (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["contact_id"]!);
    }

    static async Task<(HttpClient Client, Guid Id)> UserAsync(TestTenant tenant, TestApp app)
    {
        var user = await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ana", role = "editor" }, 201);
        var (token, _) = await app.Get<SessionStore>().CreateAsync(tenant.Id, (Guid)user["id"]!, "127.0.0.1", "a test", default);
        Planted.Add(token);
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Add("Cookie", $"{Credentials.Cookie}={token}");
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        return (client, (Guid)user["id"]!);
    }

    static async Task<StreamReader> ListenAsync(TestTenant tenant, TestApp app, CancellationToken cancellationToken)
    {
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = tenant.Viewer.DefaultRequestHeaders.Authorization;
        var stream = new StreamReader(await client.GetStreamAsync("/api/events", cancellationToken));
        while (await stream.ReadLineAsync(cancellationToken) is { } line && line != "event: ready") { }
        return stream;
    }

    static async Task<JsonNode> NextAsync(StreamReader stream, CancellationToken cancellationToken)
    {
        while (await stream.ReadLineAsync(cancellationToken) != "event: presence") { }
        return JsonNode.Parse((await stream.ReadLineAsync(cancellationToken))![6..])!;
    }
}
