using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Contacts.Duplicates;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Contacts;

public sealed class DuplicateTests(ParleyFixture fixture)
{
    [Theory]
    [InlineData("""{"name":"Maria García","phone":"+5511922220001"}""", """{"name":"M.","phone":"+55 11 92222-0001"}""", 100, "The same phone number, +5511922220001.")]
    [InlineData("""{"name":"A","email":"ana@example.com"}""", """{"name":"B","email":"ANA@example.com"}""", 100, "The same e-mail address, ana@example.com.")]
    [InlineData("""{"name":"A","social_handles":{"instagram":"@ana.lima"}}""", """{"name":"B","social_handles":{"instagram":"Ana.Lima"}}""", 85, "The same name on instagram, ana.lima.")]
    [InlineData("""{"name":"A","social_handles":{"instagram":"ana.lima"}}""", """{"name":"B","social_handles":{"instagram":"ana_lima"}}""", 50, "Almost the same name on instagram, analima.")]
    [InlineData("""{"name":"Maria García"}""", """{"name":"garcia maria"}""", 50, "The same name.")]
    [InlineData("""{"name":"Maria Garcia"}""", """{"name":"Mariah Garcia"}""", 50, "Almost the same name: Maria Garcia and Mariah Garcia.")]
    [InlineData("""{"name":"X","phone":"+4915112345678"}""", """{"name":"Y","phone":"+4415112345678"}""", 50, "Their numbers both end in 12345678 and differ only at the beginning.")]
    [InlineData("""{"name":"Maria Garcia","phone":"+355672345678"}""", """{"name":"Otto Weber","phone":"+3556972345678"}""", 50, "Their numbers both end in 72345678 and differ only at the beginning.")]
    [InlineData("""{"name":"X","email":"maria.garcia@work.example"}""", """{"name":"Y","email":"maria.garcia+shop@home.example"}""", 50, "Their e-mail addresses have the same name before the @, mariagarcia.")]
    [InlineData("""{"name":"X","social_handles":{"instagram":"mariagarcia"}}""", """{"name":"Y","social_handles":{"twitter":"maria_garcia"}}""", 50, "The same name on two channels, mariagarcia.")]
    [InlineData("""{"name":"X","external_ref":"crm-77"}""", """{"name":"Y","external_ref":"crm-77"}""", 85, "The same external reference, crm-77.")]
    public async Task Contacts_that_may_be_one_are_suggested_with_the_reason(string one, string other, int atLeast, string reason)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (first, second) = (await CreateAsync(tenant, one), await CreateAsync(tenant, other));
        var suggestion = Assert.Single(await SuggestedAsync(tenant, 1))!;
        Assert.Equal(new[] { first, second }.Order(), new[] { (Guid)suggestion["first"]!["id"]!, (Guid)suggestion["second"]!["id"]! }.Order());
        Assert.InRange((int)suggestion["score"]!, atLeast, atLeast == 100 ? 100 : 99);   // 100 is certain, and nothing else is
        Assert.Contains(reason, suggestion["reasons"]!.AsArray().Select(words => (string?)words));
    }

    [Fact]
    public async Task People_who_are_only_a_little_alike_are_not_suggested_and_nobody_of_another_tenant_is()
    {
        var (tenant, other) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        await CreateAsync(tenant, """{"name":"Maria Garcia","email":"info@one.example","phone":"+5511922220001"}""");
        await CreateAsync(tenant, """{"name":"Mario Garrido","email":"info@two.example","phone":"+5511922229999"}""");
        await CreateAsync(tenant, """{"name":"Mai Nguyen","phone":"+84922220001"}""");
        await CreateAsync(other, """{"name":"Maria Garcia","phone":"+5511922220001"}""");
        await CheckedAsync(tenant);
        await CheckedAsync(other);
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/contacts/suggestions"))["items"]!.AsArray());
        Assert.Empty((await other.Viewer.GetJsonAsync("/api/contacts/suggestions"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_dismissed_suggestion_stays_dismissed_when_the_contact_changes_and_when_it_is_merged()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (first, second) = (await CreateAsync(tenant, """{"name":"Maria Garcia"}"""), await CreateAsync(tenant, """{"name":"Maria Garcia"}"""));
        var suggestion = Assert.Single(await SuggestedAsync(tenant, 1))!;
        Assert.Equal(204, (int)(await tenant.Editor.PutAsync($"/api/contacts/suggestions/{suggestion["id"]}/dismissal", null)).StatusCode);
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{first}", new { email = "new@example.com" });
        await CheckedAsync(tenant);
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/contacts/suggestions"))["items"]!.AsArray());

        var third = await CreateAsync(tenant, """{"name":"Somebody Else"}""");
        await tenant.Editor.PostJsonAsync($"/api/contacts/{third}/merge", new { other_id = second }, 201);
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{third}", new { name = "Maria Garcia" });
        await CheckedAsync(tenant);
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/contacts/suggestions"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Exact_duplicates_become_one_only_where_the_tenant_wants_that_and_are_not_joined_again_when_taken_apart()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var first = await CreateAsync(tenant, """{"name":"Ana","phone":"+5511922220001","status":"blocked"}""");
        var second = await CreateAsync(tenant, """{"name":"Ana Lima","phone":"+5511922220001","email":"ana@example.com"}""");
        await SuggestedAsync(tenant, 1);
        Assert.Equal(403, (int)(await tenant.Editor.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).StatusCode);
        Assert.Equal(200, (int)(await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).StatusCode);

        var merge = Assert.Single((await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/contacts/merges"), list => list["items"]!.AsArray().Count == 1, "they become one", 30))["items"]!.AsArray())!;
        Assert.Equal("rule", (string?)merge["origin"]);
        Assert.Contains("The same phone number, +5511922220001.", merge["reasons"]!.AsArray().Select(words => (string?)words));
        var merged = await tenant.Viewer.GetJsonAsync($"/api/contacts/{second}");
        Assert.Equal((first, "blocked", "ana@example.com"), ((Guid)merged["id"]!, (string?)merged["status"], (string?)merged["email"]));

        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        await CheckedAsync(tenant);
        Assert.Equal(second, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{second}"))["id"]!);
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/contacts/suggestions"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Whoever_wants_to_see_a_pair_again_is_shown_it_and_decides_also_where_exact_ones_become_one()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (first, second) = (await CreateAsync(tenant, """{"name":"Ana","phone":"+5511922220001"}"""), await CreateAsync(tenant, """{"name":"Bia","phone":"+5511922220001"}"""));
        var suggestion = Assert.Single(await SuggestedAsync(tenant, 1))!;
        (await tenant.Editor.PutAsync($"/api/contacts/suggestions/{suggestion["id"]}/dismissal", null)).EnsureSuccessStatusCode();
        await (await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).JsonAsync();
        (await tenant.Editor.DeleteAsync($"/api/contacts/suggestions/{suggestion["id"]}/dismissal")).EnsureSuccessStatusCode();
        await CheckedAsync(tenant);
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{first}", new { notes = "looked at again" });
        await CheckedAsync(tenant);
        Assert.Equal(100, (int)Assert.Single(await SuggestedAsync(tenant, 1))!["score"]!);
        Assert.Equal(second, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{second}"))["id"]!);
        await tenant.Editor.PostJsonAsync($"/api/contacts/{first}/merge", new { other_id = second }, 201);
    }

    [Fact]
    public async Task A_pair_that_somebody_wants_to_decide_about_stays_theirs_when_one_of_it_is_merged_with_a_third()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (a, b) = (await CreateAsync(tenant, """{"name":"Ana","phone":"+5511922220001"}"""), await CreateAsync(tenant, """{"name":"Bia","phone":"+5511922220001"}"""));
        var d = await CreateAsync(tenant, """{"name":"Dora"}""");
        var suggestion = Assert.Single(await SuggestedAsync(tenant, 1))!;
        (await tenant.Editor.PutAsync($"/api/contacts/suggestions/{suggestion["id"]}/dismissal", null)).EnsureSuccessStatusCode();
        (await tenant.Editor.DeleteAsync($"/api/contacts/suggestions/{suggestion["id"]}/dismissal")).EnsureSuccessStatusCode();
        await CheckedAsync(tenant);
        await tenant.Editor.PostJsonAsync($"/api/contacts/{d}/merge", new { other_id = b }, 201);
        await (await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).JsonAsync();
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{d}", new { notes = "looked at again" });
        await CheckedAsync(tenant);
        Assert.Equal(a, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{a}"))["id"]!);
        Assert.Equal(100, (int)Assert.Single(await SuggestedAsync(tenant, 1))!["score"]!);
    }

    [Fact]
    public async Task Who_was_taken_apart_is_not_joined_again_over_a_third()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (a, b) = (await CreateAsync(tenant, """{"name":"Ana","phone":"+5511922220001"}"""), await CreateAsync(tenant, """{"name":"Bia","phone":"+5511922220001"}"""));
        var d = await CreateAsync(tenant, """{"name":"Dora"}""");
        var merge = await tenant.Editor.PostJsonAsync($"/api/contacts/{a}/merge", new { other_id = b }, 201);
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        await tenant.Editor.PostJsonAsync($"/api/contacts/{d}/merge", new { other_id = b }, 201);
        await (await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).JsonAsync();
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{d}", new { notes = "looked at again" });
        await CheckedAsync(tenant);
        Assert.Equal(a, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{a}"))["id"]!);
        Assert.Single((await tenant.Viewer.GetJsonAsync("/api/contacts/merges"))["items"]!.AsArray(), one => one!["undone_at"] is null);
        // Carried along as it was: whoever brings it back sees how sure it is.
        var dismissed = (await tenant.Viewer.GetJsonAsync("/api/contacts/suggestions?status=dismissed"))["items"]!.AsArray();
        Assert.Equal(100, (int)Assert.Single(dismissed)!["score"]!);
    }

    [Fact]
    public async Task What_people_do_while_contacts_are_compared_counts_more_than_what_was_read_before()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Parley.Server.Hosting.Role.Web);   // this test is the worker
        var tenant = await app.NewTenantAsync();
        await (await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).JsonAsync();
        var worker = Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<DuplicateWorker>(app.Services);
        var store = app.Get<DuplicateStore>();
        var (a, b) = (await CreateAsync(tenant, """{"name":"Ana","phone":"+5511922220001"}"""), await CreateAsync(tenant, """{"name":"Bia","phone":"+5511922220001"}"""));

        var read = await ReadAsync();
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{b}", new { phone = "+5511922220002" });
        Assert.False(await worker.MergeAsync(tenant.Id, read, default));

        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{b}", new { phone = "+5511922220001" });
        read = await ReadAsync();
        await (await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = false })).JsonAsync();
        Assert.False(await worker.MergeAsync(tenant.Id, read, default));

        await (await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).JsonAsync();
        read = await ReadAsync();
        Assert.True(await worker.MergeAsync(tenant.Id, read, default));
        Assert.Equal(a, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{b}"))["id"]!);

        async Task<Candidate> ReadAsync()
        {
            var known = await store.ListChangedAsync(tenant.Id, 10, default);
            await store.WriteKeysAsync(tenant.Id, known, default);
            return Assert.Single(await store.FindAsync(tenant.Id, known, default));
        }
    }

    [Fact]
    public async Task The_channels_own_word_for_a_name_is_certain_a_typed_one_is_not_and_whoever_gave_a_name_up_is_somebody_else()
    {
        var provider = new FakeProvider { Chats = { Chat("typed", null), Chat("first", "Ana.Lima") } };
        await using var app = await provider.StartAsync(await fixture.CloneDatabaseAsync());
        var account = await provider.ConnectAsync(app);
        var tenant = account.Tenant;
        await (await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).JsonAsync();
        Assert.Equal("done", (await account.SyncAsync()).State);
        var (typed, first) = (await FindAsync("typed"), await FindAsync("first"));

        // Typed into a custom field: a suggestion, however sure of it the one was who typed.
        await (await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{typed}", new { metadata = new { user_name = "bia.prado" } })).JsonAsync();
        var bia = await CreateAsync(tenant, """{"name":"B","social_handles":{"instagram":"@bia.prado"}}""");
        Assert.InRange((int)Assert.Single(await SuggestedAsync(tenant, 1))!["score"]!, 85, 99);

        // Told by the channel: one.
        var ana = await CreateAsync(tenant, """{"name":"A","social_handles":{"instagram":"ana.lima"}}""");
        await OneAsync(ana, first);

        // Another account has that name now.
        provider.Chats.Add(Chat("second", "ana.lima"));
        await account.SyncAsync();
        await CheckedAsync(tenant);
        var second = await FindAsync("second");
        Assert.NotEqual(first, second);
        Assert.Equal([("person-second", "ana.lima")], await account.ListAsync<(string, string)>("select handle, user_name from contact_identities where user_name is not null"));
        var later = await CreateAsync(tenant, """{"name":"Later","social_handles":{"instagram":"ana.lima"}}""");
        await OneAsync(later, second);
        Assert.Equal(first, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{ana}"))["id"]!);
        Assert.Equal(bia, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{bia}"))["id"]!);

        // Taken apart, the address has its name, and what was typed has not.
        var merge = (await tenant.Viewer.GetJsonAsync("/api/contacts/merges"))["items"]!.AsArray().Single(one => (Guid)one!["gone_id"]! == later || (Guid)one["contact_id"]! == later)!;
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        Assert.Equal([second], await account.ListAsync<Guid>("select contact_id from contact_identities where user_name = 'ana.lima'"));

        static FakeChat Chat(string id, string? name) => new FakeChat(id) { With = new($"person-{id}", [], $"Person {id}") { UserName = name } }.Talk(1);

        async Task<Guid> FindAsync(string chat) => (await account.ListAsync<Guid>($"select contact_id from contact_identities where handle = 'person-{chat}'")).Single();

        Task OneAsync(Guid one, Guid other) => Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/contacts/{one}"), contact => (Guid)contact["id"]! == other, "they become one", 30);
    }

    static async Task<Guid> CreateAsync(TestTenant tenant, string json) => (Guid)(await tenant.Editor.PostJsonAsync("/api/contacts", JsonNode.Parse(json), 201))["id"]!;

    static async Task<JsonArray> SuggestedAsync(TestTenant tenant, int count) =>
        (await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/contacts/suggestions"), list => list["items"]!.AsArray().Count == count, "duplicates are found", 30))["items"]!.AsArray();

    // Until nobody of the tenant waits to be compared.
    static Task CheckedAsync(TestTenant tenant) => Eventually.Async(
        () => tenant.App.Get<DuplicateStore>().ListTenantsAsync(default), waiting => !waiting.Contains(tenant.Id), "all contacts are compared", 30);
}
