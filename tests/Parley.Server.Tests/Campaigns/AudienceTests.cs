using Parley.Server.Campaigns;
using Parley.Server.Campaigns.Audience;
using Parley.Server.Platform.Database;
using Parley.Server.Search;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>Whom a campaign reaches, whom not, and what they read.</summary>
public sealed class AudienceTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_list_of_numbers_is_sent_to_once_each_and_counted_to_the_end()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var (known, phone) = await stage.HasContactAsync("Ana Lima");
        var strangers = Enumerable.Range(0, 5).Select(_ => CampaignStage.NewNumber()).ToList();
        var id = await stage.HasCampaignAsync(new[] { phone, phone.Replace("+49", "0049"), "no number" }.Concat(strangers));
        var preview = await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/preview");
        Assert.Equal((6, 6, 1, 1, true), ((int)preview["total"]!, (int)preview["sendable"]!, (int)preview["duplicates"]!, (int)preview["invalid"]!, (bool)preview["is_complete"]!));
        Assert.Contains("Olá Ana, seu pedido 42 está pronto para retirada.", preview["sample"]!.AsArray().Select(one => (string)one!["content"]!));

        await stage.DoAsync(id, "start");
        var done = await stage.UntilAsync(id, one => (string)one["status"]! == "completed" && (int)one["read_count"]! == 6, "all have read it");
        Assert.Equal((6, 6, 6, 6, 0), ((int)done["total_count"]!, (int)done["sent_count"]!, (int)done["delivered_count"]!, (int)done["read_count"]!, (int)done["failed_count"]!));
        Assert.Equal((1, 1), ((int)done["counts"]!["duplicates"]!, (int)done["counts"]!["invalid"]!));
        await stage.CountsAreRightAsync(id);
        var ledger = await stage.LedgerAsync();
        Assert.Equal(strangers.Append(phone).Select(number => number[1..]).Order(), ledger.Select(entry => ((string)entry["to"]!).TrimStart('+')).Order());
        var told = Assert.Single(await stage.RecipientsAsync(id), one => (Guid?)one["contact_id"] == known);
        Assert.Equal(("Ana Lima", "read"), ((string)told["name"]!, (string)told["status"]!));
        var message = await stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{told["message_id"]}");
        Assert.Equal(($"campaign:{id}", "Olá Ana, seu pedido 42 está pronto para retirada."), ((string)message["author"]!, (string)message["content"]!));
        Assert.True((await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/series"))["points"]!.AsArray().Last() is { } last && (int)last["read"]! == 6);
        // Who only got it is nobody's work yet.
        Assert.All((await stage.Tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray(), conversation => Assert.Equal("closed", (string)conversation!["status"]!));
    }

    [Fact]
    public async Task Whoever_said_no_is_blocked_or_has_no_address_is_listed_with_the_reason_and_gets_nothing()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var ana = await stage.HasContactAsync("Ana");
        var out_ = await stage.HasContactAsync("Otto");
        await stage.PutAsync($"/api/contacts/{out_.Id}/opt-out", new { channel = "whatsapp", handle = out_.Phone });
        var blocked = await stage.HasContactAsync("Bert", status: "blocked");
        await stage.Editor.PostJsonAsync("/api/contacts", new { name = "Nobody", email = $"{Guid.CreateVersion7():N}@example.com" }, 201);
        var id = await stage.HasCampaignAsync(audience: new { everybody = true });
        var preview = await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/preview");
        Assert.Equal((4, 1), ((int)preview["total"]!, (int)preview["sendable"]!));
        Assert.Equal(["blocked", "no_address", "opted_out"], preview["skipped"]!.AsArray().Select(one => (string)one!["reason"]!).Order());
        Assert.All(preview["refused"]!.AsArray(), one => Assert.Matches("^[A-Z].+\\.$", (string)one!["words"]!));

        await stage.DoAsync(id, "start");
        await stage.UntilStatusAsync(id, "completed");
        Assert.Equal(ana.Phone[1..], ((string)Assert.Single(await stage.LedgerAsync())["to"]!).TrimStart('+'));
        Assert.Equal([("Bert", "blocked"), ("Nobody", "no_address"), ("Otto", "opted_out")],
            (await stage.RecipientsAsync(id, "&status=skipped")).Select(one => ((string)one["name"]!, (string)one["reason"]!)).Order());
        await stage.CountsAreRightAsync(id);
        Assert.Equal(blocked.Id, (Guid)(await stage.RecipientsAsync(id, "&status=skipped")).Single(one => (string)one["reason"]! == "blocked")["contact_id"]!);
    }

    [Fact]
    public async Task Filters_and_labels_choose_contacts_and_lists_add_those_whom_they_miss()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var berlin = await stage.HasContactAsync("Bea", new { city = "Berlin" });
        var rome = await stage.HasContactAsync("Rosa", new { city = "Rome" });
        var both = await stage.HasContactAsync("Ben", new { city = "Berlin" });
        var label = (string)(await stage.Editor.PostJsonAsync("/api/labels", new { name = "vip" }, 201))["id"]!;
        await stage.PutAsync($"/api/contacts/{both.Id}/labels/{label}", new { }, 204);

        var filtered = await stage.HasCampaignAsync(audience: new { filter = new { field = new[] { "city:Berlin" } } });
        await AreAsync(filtered, berlin.Phone, both.Phone);
        var labelled = await stage.HasCampaignAsync(audience: new { filter = new { field = new[] { "city:Berlin" } }, labels = new[] { label } });
        await AreAsync(labelled, both.Phone);
        var added = await stage.HasCampaignAsync(new[] { rome.Phone, both.Phone }, new { labels = new[] { label } });
        await AreAsync(added, rome.Phone, both.Phone);
        Assert.Equal(1, (int)(await stage.ShowAsync(added))["counts"]!["duplicates"]!);
        var nobody = await stage.HasCampaignAsync();
        Assert.Contains("no audience", (string)(await stage.DoAsync(nobody, "start", 409))["detail"]!);

        async Task AreAsync(string id, params string[] phones)
        {
            Assert.Equal(phones.Length, (int)(await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/preview"))["sendable"]!);
            await stage.DoAsync(id, "start");
            await stage.UntilStatusAsync(id, "completed");
            Assert.Equal(phones.Order(), (await stage.RecipientsAsync(id)).Select(one => (string)one["handle"]!).Order());
        }
    }

    [Fact]
    public async Task A_file_brings_numbers_and_variables_and_what_lacks_one_is_found_before_and_left_out()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var numbers = Enumerable.Range(0, 3).Select(_ => CampaignStage.NewNumber()).ToList();
        var file = await stage.UploadAsync($"Phone,First Name,Order\n{numbers[0]},Ana,A-1\n{numbers[1]},Bia,\n{numbers[2]},Caio,C-3\nnobody,Dora,D-4\n{numbers[0]},Ana,A-2\n");
        var id = await stage.HasCampaignAsync(audience: new { csv = new { import_id = file, column = "Phone" } }, more: new { template = new { name = "order_ready", language = "pt_BR", variables = new[] { "{{first_name}}", "{{order}}" } }, defaults = (object?)null });
        var preview = await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/preview");
        Assert.Equal((3, 2, 1, 1), ((int)preview["total"]!, (int)preview["sendable"]!, (int)preview["duplicates"]!, (int)preview["invalid"]!));
        Assert.Equal("Nothing is known for order.", (string)Assert.Single(preview["refused"]!.AsArray())!["words"]!);
        Assert.Equal("Olá Caio, seu pedido C-3 está pronto para retirada.", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/rendering?to={Uri.EscapeDataString(numbers[2])}"))["content"]!);

        await stage.DoAsync(id, "start");
        await stage.UntilStatusAsync(id, "completed");
        var rows = (await stage.RecipientsAsync(id)).ToDictionary(row => (string)row["handle"]!);
        Assert.Equal(("skipped", "missing_variables", "Nothing is known for order."), ((string)rows[numbers[1]]["status"]!, (string)rows[numbers[1]]["reason"]!, (string)rows[numbers[1]]["words"]!));
        Assert.Equal("A-1", (string)rows[numbers[0]]["variables"]!["order"]!);
        Assert.Equal("Olá Ana, seu pedido A-1 está pronto para retirada.", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/messages/{rows[numbers[0]]["message_id"]}"))["content"]!);
        Assert.Equal((1, 1), ((int)(await stage.ShowAsync(id))["counts"]!["duplicates"]!, (int)(await stage.ShowAsync(id))["counts"]!["invalid"]!));
        var again = await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/rendering?recipient_id={rows[numbers[2]]["id"]}");
        Assert.Equal("Olá Caio, seu pedido C-3 está pronto para retirada.", (string)again["content"]!);

        // A number that does not say its country is nobody's until somebody says it.
        var national = await stage.UploadAsync($"Phone\n0{CampaignStage.NewNumber()[3..]}\n");
        foreach (var (country, sendable) in new[] { (null, 0), ("DE", 1) })
        {
            var draft = await stage.HasCampaignAsync(audience: new { csv = new { import_id = national, column = "Phone", country } });
            Assert.Equal(sendable, (int)(await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{draft}/preview"))["sendable"]!);
        }

        var csv = await (await stage.Tenant.Viewer.GetAsync($"/api/campaigns/{id}/recipients/export")).Content.ReadAsStringAsync();
        Assert.Equal(4, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("Nothing is known for order.", csv);
    }

    [Fact]
    public async Task Own_words_are_written_to_each_in_their_own_way_within_the_window()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var (ana, stranger) = (CampaignStage.NewNumber(), CampaignStage.NewNumber());
        await stage.Number.SayAsync(ana[1..], "good morning to you", "Ana Lima");
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync("/api/conversations"), page => page["items"]!.AsArray().Count == 1, "she wrote");
        var id = await stage.HasCampaignAsync(new[] { ana, stranger }, more: new { template = (object?)null, message = "Hello {{first_name}}!", defaults = new { first_name = "friend" } });
        await stage.DoAsync(id, "start");
        var done = await stage.UntilStatusAsync(id, "completed");
        Assert.Equal(1, (int)done["failed_count"]!);
        Assert.Equal("Hello Ana!", (string)Assert.Single(await stage.LedgerAsync())["text"]!);
        var failed = Assert.Single(await stage.RecipientsAsync(id, "&status=failed"));
        Assert.Equal((stranger, "window_closed"), ((string)failed["handle"]!, (string)failed["reason"]!));

        // Those who failed, and only those, can be tried again: as another campaign, by somebody's own decision.
        var again = await stage.DoAsync(id, "retry", 201);
        Assert.Equal(("draft", id), ((string)again["status"]!, (string)again["source_id"]!));
        await stage.Number.SayAsync(stranger[1..], "here I am at last", "Tom");
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync("/api/conversations?status=open"), page => page["items"]!.AsArray().Count == 2, "he wrote");
        await stage.DoAsync((string)again["id"]!, "start");
        await stage.UntilStatusAsync((string)again["id"]!, "completed");
        Assert.Equal(["Hello Ana!", "Hello Tom!"], (await stage.LedgerAsync()).Select(entry => (string)entry["text"]!));
        await stage.DoAsync((string)again["id"]!, "retry", 409);
    }

    [Fact]
    public async Task A_test_goes_to_one_number_and_starts_nothing()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var (contact, _) = await stage.HasContactAsync("Zoe Zimmer");
        var id = await stage.HasCampaignAsync(new[] { CampaignStage.NewNumber() });
        var mine = CampaignStage.NewNumber();
        var sent = await stage.Editor.PostJsonAsync($"/api/campaigns/{id}/test", new { to = mine, contact_id = contact }, 202);
        Assert.Equal("Olá Zoe, seu pedido 42 está pronto para retirada.", (string)sent["content"]!);
        await Eventually.Async(stage.LedgerAsync, all => all.Length == 1, "the test arrived");
        Assert.Equal("draft", (string)(await stage.ShowAsync(id))["status"]!);
        await stage.Editor.PostJsonAsync($"/api/campaigns/{id}/test", new { to = "nobody" }, 400);
    }

    [Fact]
    public async Task What_cannot_be_sent_is_refused_in_words_before_anything_is_stored()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        foreach (var (field, more) in new (string, object)[]
        {
            ("name", new { name = " " }), ("integration_id", new { integration_id = Guid.CreateVersion7() }), ("type", new { type = "sticker" }), ("template", new { type = "text" }),
            ("template", new { template = new { name = "order_ready", language = "pt_BR", variables = new[] { "only one" } } }), ("template", new { template = new { name = "unheard_of", language = "pt_BR" } }),
            ("attachment_id", new { template = (object?)null, type = "image", message = "Look" }), ("message", new { template = (object?)null, message = " " }),
            ("recipients", new { recipients = Enumerable.Repeat("+4930123456", 100_001) }), ("audience.labels", new { audience = new { labels = new[] { Guid.CreateVersion7() } } }),
            ("status", new { audience = new { filter = new { status = "sleepy" } } }), ("audience.csv.import_id", new { audience = new { csv = new { import_id = Guid.CreateVersion7(), column = "x" } } }),
            ("audience.failed_of", new { audience = new { failed_of = Guid.CreateVersion7() } }), ("hours", new { hours = new { from = "9", to = "18" } }), ("rate_per_second", new { rate_per_second = 0 }), ("concurrency", new { concurrency = 0 }),
            ("brake.failure_percent", new { brake = new { failure_percent = 0 } }),
        })
        {
            var problem = await stage.Editor.PostJsonAsync("/api/campaigns", stage.Request(more: more), 400);
            Assert.True(problem["errors"]?[field] is not null, $"{field}: {problem.ToJsonString()}");
        }
        Assert.Empty((await stage.Tenant.Viewer.GetJsonAsync("/api/campaigns"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Another_organisation_sees_nothing_and_readers_start_nothing()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var other = await stage.App.NewTenantAsync();
        var id = await stage.HasCampaignAsync(new[] { CampaignStage.NewNumber() });
        foreach (var path in new[] { "", "/preview", "/recipients", "/recipients/export", "/series", "/rendering?to=%2B4930123456" }) await other.Admin.GetJsonAsync($"/api/campaigns/{id}{path}", 404);
        foreach (var act in new[] { "start", "pause", "resume", "cancel", "unschedule", "retry" })
        {
            await other.Admin.PostJsonAsync($"/api/campaigns/{id}/{act}", null, 404);
            await stage.Tenant.Viewer.PostJsonAsync($"/api/campaigns/{id}/{act}", null, 403);
        }
        await stage.Tenant.Viewer.PostJsonAsync("/api/campaigns", stage.Request(), 403);
        Assert.Empty((await other.Admin.GetJsonAsync("/api/campaigns"))["items"]!.AsArray());
        Assert.Single((await stage.Tenant.Viewer.GetJsonAsync("/api/campaigns?q=PRIN&status=draft"))["items"]!.AsArray());
        // Another organisation's account, label and campaign are not there either.
        await other.Editor.PostJsonAsync("/api/campaigns", stage.Request(), 400);
    }

    [Fact]
    public async Task Of_two_who_change_a_campaign_at_once_one_wins_and_the_other_is_told()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var id = await stage.HasCampaignAsync(new[] { CampaignStage.NewNumber() });
        await stage.PutAsync($"/api/campaigns/{id}", stage.Request(more: new { name = "First" }), ifMatch: "1");
        await stage.PutAsync($"/api/campaigns/{id}", stage.Request(more: new { name = "Second" }), 409, ifMatch: "\"1\"");
        await stage.PutAsync($"/api/campaigns/{id}", stage.Request(more: new { name = "Third" }), 400, ifMatch: "soon");
        Assert.Equal(("First", 2), ((string)(await stage.ShowAsync(id))["name"]!, (int)(await stage.ShowAsync(id))["version"]!));
        foreach (var (act, words) in new[] { ("pause", "running"), ("resume", "paused"), ("cancel", "delete it"), ("unschedule", "scheduled"), ("retry", "when it is over") })
            Assert.Contains(words, (string)(await stage.DoAsync(id, act, 409))["detail"]!);
        using (var gone = await stage.Editor.DeleteAsync($"/api/campaigns/{id}")) Assert.Equal(204, (int)gone.StatusCode);
        await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}", 404);
    }

    [Fact]
    public async Task A_list_of_numbers_is_told_to_whoever_asks_for_it_and_counted_for_all_others()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var numbers = new[] { CampaignStage.NewNumber(), CampaignStage.NewNumber(), "no number" };
        var id = await stage.HasCampaignAsync(numbers);
        Assert.Equal(numbers, (await stage.ShowAsync(id))["recipients"]!.AsArray().Select(number => (string)number!));
        var listed = (await stage.Tenant.Viewer.GetJsonAsync("/api/campaigns"))["items"]!.AsArray().Single()!;
        var watched = await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}?recipients=false");
        var started = await stage.DoAsync(id, "start");
        Assert.All(new[] { listed, watched, started }, one => Assert.Equal((null, 3), (one["recipients"], (int)one["recipients_count"]!)));
        await stage.UntilStatusAsync(id, "completed");
        Assert.Equal(2, (await stage.LedgerAsync()).Length);
    }

    [Fact]
    public async Task What_stands_in_a_link_for_a_variable_stays_one_part_of_it_and_leads_nowhere_else()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var (sly, endless) = (CampaignStage.NewNumber(), CampaignStage.NewNumber());
        var file = await stage.UploadAsync($"Phone,Order\n{sly},../x?to=evil.example#\n{endless},{new string('%', 1000)}\n");
        var id = await stage.HasCampaignAsync(audience: new { csv = new { import_id = file, column = "Phone" } },
            more: new { template = (object?)null, type = "image", message = "Yours", link = "https://files.example/{{order}}.png", defaults = (object?)null });
        var written = await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/rendering?to={Uri.EscapeDataString(sly)}");
        Assert.Equal("https://files.example/..%2Fx%3Fto%3Devil.example%23.png", (string)written["metadata"]!["link"]!);
        var refused = Assert.Single((await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/preview"))["refused"]!.AsArray())!;
        Assert.Equal((endless, "invalid_variables", "The link that comes of it is no web address."), ((string)refused["handle"]!, (string)refused["reason"]!, (string)refused["words"]!));
    }

    [Theory]
    [InlineData("+4930111222333")]   // all the same person
    [InlineData("nobody")]           // no number at all
    public async Task A_look_at_an_endless_file_ends_after_a_while_whatever_is_in_it(string cell)
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var file = await stage.UploadAsync("Phone\n" + string.Concat(Enumerable.Repeat(cell + "\n", 30_000)));
        var id = Guid.Parse(await stage.HasCampaignAsync(audience: new { csv = new { import_id = file, column = "Phone" } }));
        var row = (await stage.App.Get<CampaignStore>().FindWholeAsync(stage.Tenant.Id, id, default))!;
        var preview = await new PreviewReader(stage.App.Get<TenantDatabase>(), stage.App.Get<AudienceLines>(), stage.App.Get<SearchStore>(), stage.App.Get<CampaignContents>(), new HastyClock()).ReadAsync(stage.Tenant.Id, row, default);
        Assert.False(preview.IsComplete);
        Assert.InRange(preview.Duplicates + preview.Invalid, 1, 10_000);
    }

    // Each look at it is four seconds later.
    sealed class HastyClock : TimeProvider
    {
        long _looks;

        public override long GetTimestamp() => ++_looks * 4 * TimestampFrequency;
    }

    [Fact]
    public async Task Somebody_with_two_cards_and_two_writings_of_a_number_gets_one_message()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        await stage.Number.SayAsync("551187654321", "hello", "Ana");
        await stage.Tenant.Admin.PostJsonAsync("/api/contacts", new { name = "Ana from the list", phone = "+5511987654321" }, 201);
        var id = await stage.HasCampaignAsync(null, new { everybody = true });
        await stage.DoAsync(id, "start");
        await stage.UntilStatusAsync(id, "completed");
        Assert.Equal(1, (await stage.ListAsync<int>("select count(*)::int from messages where tenant_id = @tenant and author like 'campaign:%'"))[0]);
        Assert.Equal("duplicate", (await stage.ListAsync<string>("select reason from campaign_recipients where tenant_id = @tenant and status = 'skipped'")).Single());
    }

    [Fact]
    public async Task Whoever_is_known_by_the_number_alone_is_written_to_as_who_they_are()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        await stage.Tenant.Admin.PostJsonAsync("/api/contacts", new { name = "Otto Kraus", phone = "+4930555001" }, 201);
        var id = await stage.HasCampaignAsync(null, new { everybody = true }, new { defaults = new { } });
        await stage.DoAsync(id, "start");
        await stage.UntilStatusAsync(id, "completed");
        Assert.Equal("Otto Kraus", (await stage.ListAsync<string>("select k.name from messages m join contacts k on k.tenant_id = m.tenant_id and k.id = m.contact_id where m.tenant_id = @tenant and m.author like 'campaign:%'")).Single());
        Assert.Equal(1, (await stage.ListAsync<int>("select count(*)::int from contacts where tenant_id = @tenant"))[0]);
    }
}
