using System.Net;
using System.Net.Http.Json;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Tenants;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Contacts;

public sealed class ContactTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Fields_are_checked_each_in_words_and_a_null_empties()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var wrong = await tenant.Editor.PostJsonAsync("/api/contacts", new { phone = "12", email = "x", status = "gone", social_handles = new { myspace = "x" }, salary = 1 }, 400);
        Assert.Equal(["email", "phone", "salary", "social_handles", "status"], wrong["errors"]!.AsObject().Select(field => field.Key).Order());
        await tenant.Editor.PostJsonAsync("/api/contacts", new { status = "active" }, 400);
        await tenant.Viewer.PostJsonAsync("/api/contacts", new { name = "x" }, 403);

        var made = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", phone = "0049 30 123456", email = "Ana@Example.com", notes = "VIP", metadata = new { city = "Berlin", plan = "gold" } }, 201, key: "make-ana");
        Assert.Equal((string?)made["id"], (string?)(await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", phone = "0049 30 123456", email = "Ana@Example.com", notes = "VIP", metadata = new { city = "Berlin", plan = "gold" } }, 201, key: "make-ana"))["id"]);
        Assert.Equal(("+4930123456", "ana@example.com"), ((string?)made["phone"], (string?)made["email"]));
        var changed = await (await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{made["id"]}", new { notes = (string?)null, metadata = new { plan = (string?)null, vip = true } })).JsonAsync();
        Assert.Null(changed["notes"]);
        Assert.Equal("Ana", (string?)changed["name"]);
        Assert.Equal(["city", "vip"], changed["metadata"]!.AsObject().Select(field => field.Key).Order());
    }

    [Fact]
    public async Task The_list_is_searched_and_filtered_page_by_page()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511933330001", "hello there", "Zoë Speaks");
        for (var i = 0; i < 7; i++)
            await tenant.Editor.PostJsonAsync("/api/contacts", new { name = $"Person {i}", email = $"p{i}@example.com", status = i == 3 ? "blocked" : "active", external_ref = $"ref-{i}", metadata = new { city = i % 2 == 0 ? "Berlin" : "Rio" } }, 201);
        Assert.Equal(["Person 6", "Person 4", "Person 2", "Person 0"], await NamesAsync("field=city:Berlin"));
        Assert.Equal(["Person 3"], await NamesAsync("status=blocked"));
        Assert.Equal(["Person 3"], await NamesAsync("status=blocked&field=city:Rio&channel=email"));
        Assert.Equal(["Zoë Speaks"], await NamesAsync("q=zoe"));
        Assert.Equal(["Zoë Speaks"], await NamesAsync("q=33330001"));
        Assert.Equal(["Person 5"], await NamesAsync("q=ref-5"));
        Assert.Equal(["Zoë Speaks"], await NamesAsync("has_conversation=true"));
        Assert.Equal(7, (await NamesAsync("has_conversation=false")).Count);
        Assert.Equal(["Zoë Speaks"], await NamesAsync("channel=whatsapp"));
        Assert.Empty(await NamesAsync("created_after=2999-01-01"));
        Assert.Empty(await NamesAsync("created_before=1931-01-01"));
        Assert.Equal(await NamesAsync("created_after=1970-01-02"), await NamesAsync("created_after=1931-01-01"));
        Assert.Empty(await NamesAsync("q=%25"));

        var seen = new List<string>();
        for (string? cursor = null; ;)
        {
            var page = await tenant.Viewer.GetJsonAsync($"/api/contacts?channel=email&limit=3{(cursor is null ? "" : $"&cursor={cursor}")}");
            seen.AddRange(page["items"]!.AsArray().Select(contact => (string)contact!["name"]!));
            if ((cursor = (string?)page["next_cursor"]) is null) break;
        }
        Assert.Equal(Enumerable.Range(0, 7).Reverse().Select(i => $"Person {i}"), seen);
        foreach (var wrong in new[] { "status=x", "channel=x", "field=x", "created_after=x", "kind=x", "limit=0" }) await tenant.Viewer.GetJsonAsync($"/api/contacts?{wrong}", 400);

        async Task<List<string>> NamesAsync(string query) => [.. (await tenant.Viewer.GetJsonAsync($"/api/contacts?{query}"))["items"]!.AsArray().Select(contact => (string)contact!["name"]!)];
    }

    [Fact]
    public async Task Filters_that_few_pass_walk_on_from_page_to_page_and_find_all_of_them()
    {
        var tenant = await fixture.App.NewTenantAsync();
        // 25,000 that are not wanted, newer than the few that are.
        var few = new List<string>();
        for (var i = 0; i < 3; i++) few.Add((string)(await tenant.Editor.PostJsonAsync("/api/contacts", new { name = $"Old {i}", phone = $"+551192222000{i}" }, 201))["id"]!);
        var label = (string)(await tenant.Editor.PostJsonAsync("/api/labels", new { name = "vip" }, 201))["id"]!;
        (await tenant.Editor.PutAsync($"/api/contacts/{few[0]}/labels/{label}", null)).EnsureSuccessStatusCode();
        var now = TimeProvider.System.GetUtcNow();
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, """
            insert into contacts (tenant_id, id, name, created_at, updated_at, matched_at) select @tenant, x.id, 'New', @now, @now, @now from unnest(@ids::uuid[]) as x (id)
            """, new { ids = Enumerable.Range(0, 25_000).Select(_ => Ids.New(now.AddDays(1))).ToArray(), now = now.AddDays(1) }, default);
        foreach (var (query, expected) in new[] { ($"created_before={Uri.EscapeDataString(now.AddHours(1).ToString("O"))}", 3), ("channel=sms&status=active", 3), ($"label_id={label}", 1), ("opted_out=true", 0), ("kind=group", 0), ($"created_after={Uri.EscapeDataString(now.AddHours(1).ToString("O"))}&status=blocked", 0) })
        {
            var (found, pages, cursor) = (0, 0, "");
            do
            {
                var page = await tenant.Viewer.GetJsonAsync($"/api/contacts?{query}{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}");
                found += page["items"]!.AsArray().Count;
                cursor = (string?)page["next_cursor"] ?? "";
                pages++;
            }
            while (cursor.Length > 0);
            Assert.Equal((query, expected), (query, found));
            Assert.InRange(pages, 1, 6);
            Assert.Equal(expected + 1, (await (await tenant.Viewer.GetAsync($"/api/contacts/export?{query}")).Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        }
    }

    [Fact]
    public async Task A_custom_field_is_found_as_it_was_stored_text_number_or_yes_and_no()
    {
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var metadata in new object[] { new { age = 5 }, new { age = "5" }, new { age = 5.0, vip = true }, new { age = 55, vip = "true" } })
            await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", metadata }, 201);
        foreach (var (query, expected) in new[] { ("field=age:5", 3), ("field=vip:true", 2), ("field=age:5&field=vip:true", 1), ("field=age:55", 1), ("field=age:x", 0) })
            Assert.Equal((query, expected), (query, (await tenant.Viewer.GetJsonAsync($"/api/contacts?{query}"))["items"]!.AsArray().Count));
    }

    [Fact]
    public async Task A_filter_finds_no_contact_of_another_tenant()
    {
        var (mine, theirs) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        await theirs.Editor.PostJsonAsync("/api/contacts", new { name = "Secret Person", phone = "+5511944440001", email = "secret@example.com", external_ref = "theirs", metadata = new { city = "Berlin" }, status = "blocked" }, 201);
        foreach (var query in new[] { "", "q=secret", "q=44440001", "q=theirs", "field=city:Berlin", "status=blocked", "channel=email", "has_conversation=false", "opted_out=false" })
            Assert.Empty((await mine.Viewer.GetJsonAsync($"/api/contacts?{query}"))["items"]!.AsArray());
        Assert.DoesNotContain("Secret", await (await mine.Viewer.GetAsync("/api/contacts/export")).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task One_timeline_goes_over_all_conversations_page_by_page()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (one, two) = (await tenant.HasWhatsAppAsync(), await tenant.HasWhatsAppAsync());
        for (var i = 0; i < 6; i++)
            await (i % 2 == 0 ? one : two).PostAsync((i % 2 == 0 ? one : two).Body($"[{TestNumber.TextMessage($"wamid.t{i}", $"words {i}", at: 1767225600 + i)}]"));
        var contact = (string)(await tenant.Viewer.GetJsonAsync("/api/contacts"))["items"]![0]!["id"]!;
        var first = await tenant.Viewer.GetJsonAsync($"/api/contacts/{contact}/messages?limit=4");
        var rest = await tenant.Viewer.GetJsonAsync($"/api/contacts/{contact}/messages?limit=4&cursor={first["next_cursor"]}");
        Assert.Equal(Enumerable.Range(0, 6).Reverse().Select(i => $"words {i}"), first["items"]!.AsArray().Concat(rest["items"]!.AsArray()).Select(message => (string)message!["content"]!));
        Assert.Null(rest["next_cursor"]);
    }

    [Fact]
    public async Task Somebody_of_the_team_marks_an_address_as_opted_out_and_takes_it_back()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var id = (string)(await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", phone = "+5511922220001" }, 201))["id"]!;
        var address = new { channel = "sms", handle = "+5511922220001" };
        var contact = await (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{id}/opt-out", address)).JsonAsync();
        var out_ = Assert.Single(contact["identities"]!.AsArray(), identity => identity!["opted_out_at"] is not null)!;
        Assert.Equal(("sms", "user"), ((string?)out_["channel"], (string?)out_["opted_out_by"]));
        Assert.Single((await tenant.Viewer.GetJsonAsync("/api/contacts?opted_out=true"))["items"]!.AsArray());
        Assert.All((await tenant.Editor.PostJsonAsync($"/api/contacts/{id}/opt-in", address, 200))["identities"]!.AsArray(), identity => Assert.Null(identity!["opted_out_at"]));
        await tenant.Editor.PostJsonAsync($"/api/contacts/{id}/opt-in", new { channel = "sms", handle = "+1" }, 404);
    }

    [Fact]
    public async Task Only_a_contact_with_whom_nothing_was_said_is_deleted()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511933330009", "keep me please");
        var spoken = (string)(await tenant.Viewer.GetJsonAsync("/api/contacts"))["items"]![0]!["id"]!;
        var silent = (string)(await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana" }, 201))["id"]!;
        Assert.Equal(HttpStatusCode.Conflict, (await tenant.Editor.DeleteAsync($"/api/contacts/{spoken}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Editor.DeleteAsync($"/api/contacts/{silent}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await tenant.Editor.DeleteAsync($"/api/contacts/{silent}")).StatusCode);
    }

    [Fact]
    public async Task Whatever_is_done_with_contacts_stands_in_the_audit_log_with_who_did_it()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var stays = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", phone = "+5511911119901" }, 201);
        var goes = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Anna" }, 201);
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{stays["id"]}", new { status = "blocked" });
        (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{stays["id"]}/opt-out", new { channel = "sms", handle = "+5511911119901" })).EnsureSuccessStatusCode();
        var merge = await tenant.Editor.PostJsonAsync($"/api/contacts/{stays["id"]}/merge", new { other_id = goes["id"] }, 201);
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        (await tenant.Admin.PutAsJsonAsync("/api/contacts/settings", new { merges_exact = true })).EnsureSuccessStatusCode();
        var import = await (await tenant.Editor.PostAsync("/api/contacts/imports?file_name=people.csv", new StringContent("Name\nBia\n", System.Text.Encoding.UTF8, "text/csv"))).JsonAsync(201);
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { }, 202);
        var log = (await tenant.Admin.GetJsonAsync("/api/audit?limit=200"))["items"]!.AsArray().Where(line => ((string)line!["action"]!).StartsWith("contact.", StringComparison.Ordinal)).Reverse().ToList();
        Assert.Equal(["contact.created", "contact.created", "contact.updated", "contact.opted_out", "contact.merged", "contact.unmerged", "contact.settings_changed", "contact.imported"],
            log.Select(line => (string)line!["action"]!));
        Assert.Equal(("active", "blocked"), ((string?)log[2]!["before"]!["status"], (string?)log[2]!["after"]!["status"]));
        Assert.Equal("people.csv", (string?)log[7]!["after"]!["file_name"]);
        Assert.All(log, line => Assert.StartsWith("api:", (string?)line!["actor"]));
    }

    [Fact]
    public async Task What_the_team_says_about_an_address_counts_from_then_on_in_all_its_writings()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var contact = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", phone = "+5511991119902" }, 201);
        // The other writing of the number is hers already: no second person, and no second address.
        var twin = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana again", phone = "+551191119902" }, 201);
        Assert.Empty(twin["identities"]!.AsArray());
        (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{contact["id"]}/opt-out", new { channel = "whatsapp", handle = "+5511991119902" })).EnsureSuccessStatusCode();
        var rows = await fixture.App.Get<TenantDatabase>().ListAsync<(string Channel, bool IsOut, bool IsSaid)>(tenant.Id,
            "select channel, opted_out_at is not null, consent_at is not null from contact_identities where tenant_id = @tenant order by channel", null, default);
        Assert.Equal([("sms", false, false), ("whatsapp", true, true)], rows);
        Assert.Equal(404, (int)(await tenant.Editor.PutAsJsonAsync($"/api/contacts/{twin["id"]}/opt-out", new { channel = "whatsapp", handle = "+5511991119902" })).StatusCode);
    }

    [Fact]
    public async Task An_inactive_tenant_sends_nothing_signs_nobody_in_and_still_keeps_what_comes()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.a1", "before", at: TimeProvider.System.GetUtcNow().ToUnixTimeSeconds())}]"));
        var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        var tenants = fixture.App.Get<TenantStore>();
        Assert.True(await tenants.SetStatusAsync(tenant.Id, "inactive", default));
        await tenant.Viewer.GetJsonAsync("/api/conversations", 401);
        Assert.Equal(HttpStatusCode.OK, (await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.a2", "meanwhile", at: TimeProvider.System.GetUtcNow().ToUnixTimeSeconds())}]"))).StatusCode);

        // What was queued by somebody who was let in a moment before is refused by the gate, in words.
        var database = fixture.App.Get<Parley.Server.Platform.Database.TenantDatabase>();
        await database.ChangeAsync(tenant.Id, change => Parley.Server.Messages.MessageStore.QueueAsync(change, tenant.Id, Guid.Parse(conversation), $"api:{Guid.CreateVersion7()}", new("text", "out", null, null), null, default), default);
        var state = await Eventually.Async(() => database.FindAsync<string>(tenant.Id, "select status || ' ' || coalesce(failure_code, '') from messages where tenant_id = @tenant and direction = 'outbound'", null, default), status => status?.StartsWith("failed") == true, "the gate refuses it");
        Assert.DoesNotContain("sent", state);

        Assert.True(await tenants.SetStatusAsync(tenant.Id, "active", default));
        Assert.Contains("meanwhile", (await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]!.AsArray().Select(message => (string?)message!["content"]));
        Assert.False(await tenants.SetStatusAsync(Guid.CreateVersion7(), "active", default));
    }
}
