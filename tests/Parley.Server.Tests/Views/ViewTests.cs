using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Auth;
using Parley.Server.Team;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Views;

public sealed class ViewTests(ParleyFixture fixture)
{
    [Fact]
    public async Task There_is_room_for_a_hundred_views_of_ones_own_also_when_many_are_saved_at_once_or_shared_no_more()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var eva = await UserAsync(tenant, "editor");
        var shared = await eva.PostJsonAsync("/api/views", new { name = "For all", is_shared = true }, 201);
        for (var i = 0; i < 98; i++) await eva.PostJsonAsync("/api/views", new { name = $"Own {i}" }, 201);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => eva.PostAsJsonAsync("/api/views", new { name = $"At once {i}" })));
        Assert.Equal(2, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(4, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        await (await eva.PatchAsJsonAsync($"/api/views/{shared["id"]}", new { is_shared = false })).JsonAsync(409);
        Assert.Equal(101, (await eva.GetJsonAsync("/api/views"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_saved_view_narrows_the_list_and_ones_own_is_nobody_elses()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (eva, max) = (await UserAsync(tenant, "editor"), await UserAsync(tenant, "viewer"));
        var number = await tenant.HasWhatsAppAsync();
        for (var i = 0; i < 3; i++) await number.SayAsync($"+551198765432{i}", $"hello {i}", $"Person {i}");
        var all = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray();
        await tenant.Editor.PutAsync($"/api/conversations/{all[0]!["id"]}/closure", null);

        var own = await eva.PostJsonAsync("/api/views", new { name = "Done", filter = new { status = "closed", integration_id = number.Id } }, 201);
        Assert.Equal((false, true), ((bool)own["is_shared"]!, (bool)own["is_mine"]!));
        Assert.Equal([(string)all[0]!["id"]!], (await eva.GetJsonAsync($"/api/conversations?view_id={own["id"]}"))["items"]!.AsArray().Select(one => (string)one!["id"]!));
        Assert.Equal(2, (await eva.GetJsonAsync($"/api/conversations?view_id={own["id"]}&status=open"))["items"]!.AsArray().Count);   // what is said beside it goes first
        await max.GetJsonAsync($"/api/conversations?view_id={own["id"]}", 404);
        Assert.Empty((await max.GetJsonAsync("/api/views"))["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await tenant.Admin.DeleteAsync($"/api/views/{own["id"]}")).StatusCode);

        await (await eva.PatchAsJsonAsync($"/api/views/{own["id"]}", new { is_shared = true, name = "Done here" })).JsonAsync();
        Assert.Equal(("Done here", false), ((string)(await max.GetJsonAsync("/api/views"))["items"]![0]!["name"]!, (bool)(await max.GetJsonAsync("/api/views"))["items"]![0]!["is_mine"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await max.DeleteAsync($"/api/views/{own["id"]}")).StatusCode);
        await max.PostJsonAsync("/api/views", new { name = "x", filter = new { }, is_shared = true }, 403);
        await max.PostJsonAsync("/api/views", new { name = "Mine", filter = new { unread = true } }, 201);
        var other = await fixture.App.NewTenantAsync();
        await other.Admin.GetJsonAsync($"/api/conversations?view_id={own["id"]}", 404);
        Assert.Equal(HttpStatusCode.NotFound, (await other.Admin.DeleteAsync($"/api/views/{own["id"]}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Admin.DeleteAsync($"/api/views/{own["id"]}")).StatusCode);
    }

    [Theory]
    [InlineData("""{"status":"lost"}""")]
    [InlineData("""{"colour":"red"}""")]
    [InlineData("""{"unread":"yes"}""")]
    [InlineData("""{"label_id":"x"}""")]
    public async Task A_filter_that_the_list_does_not_know_is_refused(string filter)
    {
        var tenant = await fixture.App.NewTenantAsync();
        Assert.NotNull((await tenant.Editor.PostJsonAsync("/api/views", new { name = "x", filter = JsonNode.Parse(filter) }, 400))["errors"]!["filter"]);
    }

    [Fact]
    public async Task Everybody_says_for_themselves_what_they_are_told()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (eva, max) = (await UserAsync(tenant, "editor"), await UserAsync(tenant, "viewer"));
        Assert.Equal(("all", false, true), Of(await eva.GetJsonAsync("/api/me/notifications")));
        Assert.Equal(("own", true, true), Of(await (await eva.PatchAsJsonAsync("/api/me/notifications", new { notify_about = "own", sound = true })).JsonAsync()));
        Assert.Equal(("own", true, true), Of(await eva.GetJsonAsync("/api/me/notifications")));
        Assert.Equal(("all", false, true), Of(await max.GetJsonAsync("/api/me/notifications")));
        Assert.Equal(HttpStatusCode.BadRequest, (await eva.PatchAsJsonAsync("/api/me/notifications", new { notify_about = "gossip" })).StatusCode);
        await tenant.Admin.GetJsonAsync("/api/me/notifications", 404);   // a key is nobody

        static (string, bool, bool) Of(JsonNode one) => ((string)one["notify_about"]!, (bool)one["sound"]!, (bool)one["desktop"]!);
    }

    async Task<HttpClient> UserAsync(TestTenant tenant, string role)
    {
        var user = await fixture.App.Get<UserStore>().CreateAsync(tenant.Id, $"{Guid.CreateVersion7():N}@example.com", "Somebody", role, "correct horse battery", default);
        var (token, _) = await fixture.App.Get<SessionStore>().CreateAsync(tenant.Id, user!.Id, "127.0.0.1", "a test", default);
        Planted.Add(token);
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = fixture.App.Address };
        client.DefaultRequestHeaders.Add("Cookie", $"{Credentials.Cookie}={token}");
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        return client;
    }
}
