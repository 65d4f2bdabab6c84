using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Access;

/// <summary>Somebody who sees their team's conversations only.</summary>
public sealed class VisibilityTests(ParleyFixture fixture)
{
    [Fact]
    public void Every_address_says_what_it_shows_to_those_who_do_not_see_everything() =>
        Assert.Empty(ApiEndpoint.List(fixture.App).Where(endpoint => SightRules.Find(endpoint.Pattern) is null).Select(endpoint => endpoint.Pattern));

    [Fact]
    public void An_address_that_no_rule_names_is_closed() => Assert.Null(SightRules.Find("/api/something-new/{id:guid}"));

    [Fact]
    public async Task Lists_counts_and_searches_hold_what_is_theirs_and_nothing_else()
    {
        var stage = await Stage.StartAsync(fixture);
        foreach (var path in new[] { "/api/conversations", "/api/conversations?unread=true", "/api/conversations?status=open&limit=1", "/api/contacts", "/api/chats", "/api/search?q=needle", "/api/search?q=needle&type=messages", "/api/search?q=Person&type=contacts", "/api/search?q=Person&type=conversations" })
        {
            var shown = (await stage.Bea.Client.GetJsonAsync(path)).ToJsonString();
            Assert.True(shown.Contains(stage.Mine.Contact) || shown.Contains(stage.Mine.Conversation), $"{path} lacks what is hers: {shown}");
            foreach (var hidden in new[] { stage.Theirs, stage.Nobodys })
                Assert.True(!shown.Contains(hidden.Contact) && !shown.Contains(hidden.Conversation) && !shown.Contains(hidden.Message), $"{path} shows what is not hers");
            var all = (await stage.Tenant.Viewer.GetJsonAsync(path.Replace("&limit=1", ""))).ToJsonString();
            Assert.True(all.Contains(stage.Theirs.Contact) || all.Contains(stage.Theirs.Conversation), $"{path} shows nobody what is there");
        }
        var counts = await stage.Bea.Client.GetJsonAsync("/api/conversations/counts");
        Assert.Equal((1, 1, 0), ((int)counts["open"]!, (int)counts["unread"]!, (int)counts["unassigned"]!));
        Assert.Equal(1, (int)(await stage.Bea.Client.GetJsonAsync("/api/chats"))["total"]!);
        Assert.Null((string?)(await stage.Bea.Client.GetJsonAsync("/api/conversations?limit=1"))["next_cursor"]);
        Assert.Empty((await stage.Bea.Client.GetJsonAsync($"/api/conversations?contact_id={stage.Theirs.Contact}"))["items"]!.AsArray());
    }

    [Fact]
    public async Task The_id_of_somebody_who_was_merged_leads_to_who_they_are_now_for_those_who_may_see_that()
    {
        var stage = await Stage.StartAsync(fixture);
        var (hers, others) = (await OldAsync(stage.Mine.Contact), await OldAsync(stage.Theirs.Contact));
        Assert.Equal(stage.Mine.Contact, (string)(await stage.Bea.Client.GetJsonAsync($"/api/contacts/{hers}"))["id"]!);
        await (await stage.Bea.Client.GetAsync($"/api/contacts/{others}")).JsonAsync(404);
        Assert.Equal(stage.Theirs.Contact, (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/contacts/{others}"))["id"]!);

        async Task<Guid> OldAsync(string contact)
        {
            var old = (Guid)(await stage.Tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Once somebody else" }, 201))["id"]!;
            await stage.Tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/merge", new { other_id = old }, 201);
            return old;
        }
    }

    [Fact]
    public async Task Everything_of_others_is_missing_by_its_id_in_every_way_and_stays_as_it_is()
    {
        var stage = await Stage.StartAsync(fixture);
        var before = await SnapshotAsync(stage);
        var tried = 0;
        foreach (var endpoint in ApiEndpoint.List(fixture.App).Where(endpoint => endpoint.IsFor("editor")))
        {
            var id = SightRules.Find(endpoint.Pattern) switch
            {
                SightKind.Conversation or SightKind.Chat => stage.Theirs.Conversation,
                SightKind.Contact => stage.Theirs.Contact,
                SightKind.Message => stage.Theirs.Message,
                SightKind.Note => stage.Theirs.Note,
                SightKind.Attachment => stage.Theirs.Attachment,
                _ => null,
            };
            if (id is null) continue;
            using var request = new HttpRequestMessage(new HttpMethod(endpoint.Method), endpoint.At(id));
            if (!endpoint.IsReading && endpoint.Method != "DELETE") request.Content = JsonContent.Create(new { type = "text", content = "x", name = "stolen", until = TimeProvider.System.GetUtcNow().AddDays(1) });
            using var answer = await stage.Bea.Client.SendAsync(request);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound, $"{endpoint.Name} answered {(int)answer.StatusCode}");
            tried++;
        }
        Assert.True(tried >= 25, $"only {tried} were tried");
        Assert.Equal(before, await SnapshotAsync(stage));
        await stage.Bea.Client.GetJsonAsync("/api/webhook-events", 404);   // all that all customers wrote

        // Her own, the same ways.
        foreach (var path in new[] { $"/api/conversations/{stage.Mine.Conversation}", $"/api/conversations/{stage.Mine.Conversation}/messages", $"/api/messages/{stage.Mine.Message}", $"/api/contacts/{stage.Mine.Contact}",
            $"/api/contacts/{stage.Mine.Contact}/notes", $"/api/notes/{stage.Mine.Note}", $"/api/attachments/{stage.Mine.Attachment}", $"/api/chats/{stage.Mine.Conversation}" })
            await stage.Bea.Client.GetJsonAsync(path);
        await stage.Bea.Client.PostJsonAsync($"/api/conversations/{stage.Mine.Conversation}/messages", new { type = "text", content = "an answer of hers" }, 202);
    }

    [Fact]
    public async Task Whom_she_adds_is_hers_and_she_sees_them()
    {
        var stage = await Stage.StartAsync(fixture);
        var made = (string)(await stage.Bea.Client.PostJsonAsync("/api/contacts", new { name = "Newcomer", phone = "+5511922220001" }, 201))["id"]!;
        Assert.Equal("Newcomer", (string?)(await stage.Bea.Client.GetJsonAsync($"/api/contacts/{made}"))["name"]);
        Assert.Equal(stage.Bea.Id, (Guid)(await stage.Bea.Client.GetJsonAsync($"/api/contacts/{made}/assignment"))["user_id"]!);
        var other = (string)(await stage.Tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Somebody" }, 201))["id"]!;
        Assert.Null((string?)(await stage.Tenant.Viewer.GetJsonAsync($"/api/contacts/{other}/assignment"))["user_id"]);
        await stage.Bea.Client.GetJsonAsync($"/api/contacts/{other}", 404);
    }

    [Fact]
    public async Task A_change_of_many_changes_hers_and_names_the_others_as_missing()
    {
        var stage = await Stage.StartAsync(fixture);
        var done = await stage.Bea.Client.PostJsonAsync("/api/conversations/bulk", new { ids = new[] { stage.Mine.Conversation, stage.Theirs.Conversation }, change = "close" }, 200);
        Assert.Equal((1, stage.Theirs.Conversation), ((int)done["changed"]!, (string)Assert.Single(done["missing"]!.AsArray())!));
        Assert.Equal("open", (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{stage.Theirs.Conversation}"))["status"]!);
        await stage.Bea.Client.PostJsonAsync("/api/conversations/bulk", new { ids = new[] { stage.Theirs.Conversation }, change = "close" }, 404);
    }

    [Fact]
    public async Task What_waits_for_its_time_is_theirs_as_its_conversation_is_and_no_template_tells_of_others()
    {
        var stage = await Stage.StartAsync(fixture);
        var waiting = new Dictionary<Thing, string>();
        foreach (var thing in new[] { stage.Mine, stage.Theirs })
            waiting[thing] = (string)(await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{thing.Conversation}/messages", new { type = "text", content = "later", scheduled_at = TimeProvider.System.GetUtcNow().AddDays(1) }, 202))["id"]!;
        Assert.Equal(waiting[stage.Mine], (string)Assert.Single((await stage.Bea.Client.GetJsonAsync("/api/scheduled-messages"))["items"]!.AsArray())!["id"]!);
        Assert.Empty((await stage.Bea.Client.GetJsonAsync($"/api/scheduled-messages?conversation_id={stage.Theirs.Conversation}"))["items"]!.AsArray());
        await stage.Bea.Client.GetJsonAsync($"/api/scheduled-messages/{waiting[stage.Mine]}");
        await stage.Bea.Client.GetJsonAsync($"/api/scheduled-messages/{waiting[stage.Theirs]}", 404);
        Assert.Equal(HttpStatusCode.NotFound, (await stage.Bea.Client.DeleteAsync($"/api/scheduled-messages/{waiting[stage.Theirs]}")).StatusCode);
        await stage.Bea.Client.PostJsonAsync($"/api/scheduled-messages/{waiting[stage.Theirs]}/send", new { }, 404);
        await stage.Tenant.Editor.GetJsonAsync($"/api/scheduled-messages/{waiting[stage.Theirs]}");

        var template = (string)(await stage.Tenant.Editor.PostJsonAsync("/api/templates", new { name = "hello", content = new { body = "Hello {{name}}" } }, 201))["id"]!;
        await stage.Bea.Client.PostJsonAsync($"/api/templates/{template}/preview", new { contact_id = stage.Mine.Contact }, 200);
        await stage.Bea.Client.PostJsonAsync($"/api/templates/{template}/preview", new { contact_id = stage.Theirs.Contact }, 404);
    }

    [Fact]
    public async Task A_saved_view_shows_each_who_uses_it_no_more_than_they_may_see()
    {
        var stage = await Stage.StartAsync(fixture);
        var all = (string)(await stage.Tenant.Editor.PostJsonAsync("/api/views", new { name = "all that is open", filter = new { status = "open" }, is_shared = true }, 201))["id"]!;
        var theirs = (string)(await stage.Tenant.Editor.PostJsonAsync("/api/views", new { name = "Carl's", filter = new { assigned = stage.Carl }, is_shared = true }, 201))["id"]!;
        var own = (string)(await stage.Tenant.Editor.PostJsonAsync("/api/views", new { name = "what is mine", filter = new { assigned = "me" }, is_shared = true }, 201))["id"]!;
        Assert.Equal(stage.Mine.Conversation, (string)Assert.Single((await stage.Bea.Client.GetJsonAsync($"/api/conversations?view_id={all}"))["items"]!.AsArray())!["id"]!);
        Assert.Empty((await stage.Bea.Client.GetJsonAsync($"/api/conversations?view_id={theirs}"))["items"]!.AsArray());
        Assert.Empty((await stage.Bea.Client.GetJsonAsync($"/api/conversations?view_id={own}"))["items"]!.AsArray());
        await AssignAsync(stage.Tenant, stage.Mine.Contact, new { user_id = stage.Bea.Id });
        Assert.Single((await stage.Bea.Client.GetJsonAsync($"/api/conversations?view_id={own}"))["items"]!.AsArray());
    }

    [Fact]
    public async Task She_hears_what_is_hers_and_that_something_went_but_never_what_others_say()
    {
        var stage = await Stage.StartAsync(fixture);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        using var stream = new StreamReader(await stage.Bea.Client.GetStreamAsync("/api/events", stop.Token));
        while (await stream.ReadLineAsync(stop.Token) != "event: ready") { }
        await stage.Number.SayAsync(Stage.TheirPhone, "a secret of somebody else");
        await stage.Tenant.Editor.PostJsonAsync($"/api/contacts/{stage.Theirs.Contact}/notes", new { content = "also a secret note" }, 201);
        await stage.Number.SayAsync(Stage.MyPhone, "a word for her");
        var heard = await UntilAsync(stream, line => line.Contains("a word for her"), stop.Token);
        Assert.DoesNotContain(stage.Theirs.Conversation, heard);
        Assert.DoesNotContain(stage.Theirs.Contact, heard);

        // It goes to somebody else: she is told to look again, and not where it went.
        await AssignAsync(stage.Tenant, stage.Mine.Contact, new { user_id = stage.Carl });
        await stage.Number.SayAsync(Stage.MyPhone, "not for her any more");
        heard = await UntilAsync(stream, line => line == "event: sight.changed", stop.Token);
        Assert.DoesNotContain("not for her", heard);
        Assert.DoesNotContain(stage.Carl.ToString(), heard);
        await stage.Bea.Client.GetJsonAsync($"/api/conversations/{stage.Mine.Conversation}", 404);

        // And back: she may read again, and hears on.
        await AssignAsync(stage.Tenant, stage.Mine.Contact, new { user_id = stage.Bea.Id });
        await stage.Number.SayAsync(Stage.MyPhone, "hers again, and heard");
        await UntilAsync(stream, line => line.Contains("hers again, and heard"), stop.Token);
    }

    [Fact]
    public async Task Who_comes_back_to_the_stream_is_told_only_their_part_of_what_was_missed()
    {
        var stage = await Stage.StartAsync(fixture);
        // She is named where she may look, and no longer may: the line is hers, and what is said there by now is not.
        await stage.Tenant.Editor.PostJsonAsync($"/api/contacts/{stage.Mine.Contact}/notes", new { content = $"@[Bea](user:{stage.Bea.Id}) look here", conversation_id = stage.Mine.Conversation }, 201);
        await AssignAsync(stage.Tenant, stage.Mine.Contact, new { user_id = stage.Carl });
        await stage.Number.SayAsync(Stage.MyPhone, "missed, and no longer hers");
        await Eventually.Async(() => stage.Tenant.Viewer.GetStringAsync($"/api/conversations/{stage.Mine.Conversation}"), text => text.Contains("no longer hers"), "it is said there");
        await AssignAsync(stage.Tenant, stage.Nobodys.Contact, new { team_id = stage.Team });
        await stage.Number.SayAsync(Stage.TheirPhone, "missed, and a secret");
        await stage.Number.SayAsync(Stage.NobodysPhone, "missed, and for her");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var stream = new StreamReader(await stage.Bea.Client.GetStreamAsync("/api/events?last_event_id=0", stop.Token));
        var heard = await UntilAsync(stream, line => line.Contains("\"content\":\"missed, and for her\""), stop.Token);
        Assert.DoesNotContain("missed, and a secret", heard);
        Assert.Contains("event: notification.created", heard);
        Assert.DoesNotContain("no longer hers", heard);
    }

    [Fact]
    public async Task Whoever_is_restricted_or_leaves_a_team_hears_it_and_the_stream_ends()
    {
        var stage = await Stage.StartAsync(fixture);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        using var stream = new StreamReader(await stage.Bea.Client.GetStreamAsync("/api/events", stop.Token));
        while (await stream.ReadLineAsync(stop.Token) != "event: ready") { }
        await (await stage.Tenant.Admin.PatchAsJsonAsync($"/api/teams/{stage.Team}", new { member_ids = Array.Empty<Guid>() })).JsonAsync();
        await UntilAsync(stream, line => line == "event: sight.changed", stop.Token);
        while (await stream.ReadLineAsync(stop.Token) is not null) { }
        Assert.Empty((await stage.Bea.Client.GetJsonAsync("/api/conversations"))["items"]!.AsArray());

        // An admin sees everything, whatever the setting says.
        await (await stage.Tenant.Admin.PatchAsJsonAsync($"/api/users/{stage.Bea.Id}", new { role = "admin" })).JsonAsync();
        Assert.Equal(3, (await stage.Bea.Client.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Count);
        await (await stage.Tenant.Admin.PatchAsJsonAsync($"/api/users/{stage.Bea.Id}", new { sees = "nothing" })).JsonAsync(400);
    }

    [Fact]
    public async Task At_whom_a_colleague_looks_is_told_only_where_she_may_look_herself()
    {
        var stage = await Stage.StartAsync(fixture);
        var carl = await TestUser.SignInAsync(stage.Tenant, name: "Carl");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        using var stream = new StreamReader(await stage.Bea.Client.GetStreamAsync("/api/events", stop.Token));
        while (await stream.ReadLineAsync(stop.Token) != "event: ready") { }
        var page = Guid.CreateVersion7();
        (await carl.Client.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = stage.Theirs.Contact, is_typing = true })).EnsureSuccessStatusCode();
        Assert.DoesNotContain(stage.Theirs.Contact, await UntilAsync(stream, line => line.Contains(page.ToString()), stop.Token));
        var one = Assert.Single((await stage.Bea.Client.GetJsonAsync("/api/presence"))["items"]!.AsArray())!;
        Assert.Equal((null, "online"), ((string?)one["contact_id"], (string)one["status"]!));
        (await carl.Client.PutAsJsonAsync($"/api/presence/{page}", new { contact_id = stage.Mine.Contact })).EnsureSuccessStatusCode();
        Assert.Contains(stage.Mine.Contact, await UntilAsync(stream, line => line.Contains("viewing"), stop.Token));
        await (await stage.Bea.Client.PutAsJsonAsync($"/api/presence/{Guid.CreateVersion7()}", new { contact_id = stage.Theirs.Contact })).JsonAsync(404);
    }

    [Fact]
    public async Task She_writes_first_to_new_people_who_are_hers_then_and_not_to_those_of_others()
    {
        var stage = await Stage.StartAsync(fixture);
        var started = await stage.Bea.Client.PostJsonAsync("/api/messages", new { integration_id = stage.Number.Id, to = "+5511987650999", type = "text", content = "hello to somebody new" }, 202);
        Assert.Equal(stage.Bea.Id.ToString(), (string?)(await stage.Bea.Client.GetJsonAsync($"/api/conversations/{started["conversation_id"]}"))["assigned_user_id"]);
        foreach (var phone in new[] { Stage.TheirPhone, Stage.NobodysPhone })
            await stage.Bea.Client.PostJsonAsync("/api/messages", new { integration_id = stage.Number.Id, to = phone, type = "text", content = "hello to somebody else's" }, 404);
        Assert.Single((await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{stage.Theirs.Conversation}/messages"))["items"]!.AsArray());
    }

    [Fact]
    public async Task An_upload_of_hers_that_a_campaign_takes_is_the_campaigns()
    {
        var stage = await Stage.StartAsync(fixture);
        using var file = new StringContent("a file of hers", System.Text.Encoding.UTF8, new MediaTypeHeaderValue("text/plain"));
        var id = (string)(await (await stage.Bea.Client.PostAsync("/api/attachments?file_name=a.txt", file)).JsonAsync(201))["id"]!;
        await stage.Bea.Client.GetJsonAsync($"/api/attachments/{id}");
        await stage.Tenant.Editor.PostJsonAsync("/api/campaigns", new { name = "Spring", integration_id = stage.Number.Id, type = "document", attachment_id = id }, 201);
        await stage.Bea.Client.GetJsonAsync($"/api/attachments/{id}", 404);
        await stage.Bea.Client.PostJsonAsync($"/api/conversations/{stage.Mine.Conversation}/messages", new { type = "document", attachment_id = id }, 400);
    }

    [Fact]
    public async Task A_file_of_others_cannot_be_sent_on_and_a_mention_there_tells_her_nothing()
    {
        var stage = await Stage.StartAsync(fixture);
        await stage.Bea.Client.PostJsonAsync($"/api/conversations/{stage.Mine.Conversation}/messages", new { type = "document", attachment_id = stage.Theirs.Attachment }, 400);
        var mention = $"@[Bea](user:{stage.Bea.Id}) look here";
        await stage.Tenant.Editor.PostJsonAsync($"/api/contacts/{stage.Theirs.Contact}/notes", new { content = mention }, 201);
        Assert.Empty((await stage.Bea.Client.GetJsonAsync("/api/notifications"))["items"]!.AsArray());
        await stage.Tenant.Editor.PostJsonAsync($"/api/contacts/{stage.Mine.Contact}/notes", new { content = mention }, 201);
        Assert.Single((await stage.Bea.Client.GetJsonAsync("/api/notifications"))["items"]!.AsArray());
        await AssignAsync(stage.Tenant, stage.Mine.Contact, new { user_id = stage.Carl });
        Assert.Empty((await stage.Bea.Client.GetJsonAsync("/api/notifications"))["items"]!.AsArray());
    }

    static Task AssignAsync(TestTenant tenant, string contact, object to) => tenant.Editor.PutAsJsonAsync($"/api/contacts/{contact}/assignment", to).ContinueWith(answer => answer.Result.JsonAsync()).Unwrap();

    static async Task<string> SnapshotAsync(Stage stage)
    {
        var conversation = await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{stage.Theirs.Conversation}");
        return string.Join("\n", conversation.ToJsonString(), await stage.Tenant.Viewer.GetStringAsync($"/api/conversations/{stage.Theirs.Conversation}/messages"),
            await stage.Tenant.Viewer.GetStringAsync($"/api/contacts/{stage.Theirs.Contact}"), await stage.Tenant.Viewer.GetStringAsync($"/api/contacts/{stage.Theirs.Contact}/notes"),
            await stage.Tenant.Viewer.GetStringAsync($"/api/contacts/{stage.Theirs.Contact}/assignment"));
    }

    static async Task<string> UntilAsync(StreamReader stream, Func<string, bool> isIt, CancellationToken cancellationToken)
    {
        var heard = new System.Text.StringBuilder();
        while (await stream.ReadLineAsync(cancellationToken) is { } line)
        {
            heard.AppendLine(line);
            if (isIt(line)) return heard.ToString();
        }
        throw new InvalidOperationException($"The stream ended: {heard}");
    }

    internal sealed record Thing(string Conversation, string Contact, string Message, string Note, string Attachment);

    /// <summary>Bea sees her team's: one conversation is the team's, one is Carl's, one is nobody's.</summary>
    internal sealed record Stage(TestTenant Tenant, TestNumber Number, TestUser Bea, Guid Carl, Guid Team, Thing Mine, Thing Theirs, Thing Nobodys)
    {
        public const string MyPhone = "+5511987650901", TheirPhone = "+5511987650902", NobodysPhone = "+5511987650903";

        public static async Task<Stage> StartAsync(ParleyFixture fixture)
        {
            var tenant = await fixture.App.NewTenantAsync();
            var number = await tenant.HasWhatsAppAsync();
            var bea = await TestUser.SignInAsync(tenant, sees: "team", name: "Bea");
            var carl = (await TestUser.SignInAsync(tenant, name: "Carl")).Id;
            var team = (Guid)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Support", member_ids = new[] { bea.Id } }, 201))["id"]!;
            var mine = await ThingAsync(tenant, number, MyPhone);
            await AssignAsync(tenant, mine.Contact, new { team_id = team });
            var theirs = await ThingAsync(tenant, number, TheirPhone);
            await AssignAsync(tenant, theirs.Contact, new { user_id = carl });
            return new(tenant, number, bea, carl, team, mine, theirs, await ThingAsync(tenant, number, NobodysPhone));
        }

        static async Task<Thing> ThingAsync(TestTenant tenant, TestNumber number, string phone)
        {
            await number.SayAsync(phone, $"the needle of {phone}", $"Person {phone[^1]}");
            var conversation = (await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/conversations"), list => list["items"]!.AsArray().Any(item => (string)item!["handle"]! == phone), "it is there"))["items"]!.AsArray().First(item => (string)item!["handle"]! == phone)!;
            var (id, contact) = ((string)conversation["id"]!, (string)conversation["contact_id"]!);
            var message = (string)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{id}/messages"))["items"]![0]!["id"]!;
            var note = (string)(await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/notes", new { content = $"a note about {phone}" }, 201))["id"]!;
            using var file = new StringContent($"a file of {phone}", System.Text.Encoding.UTF8, new MediaTypeHeaderValue("text/plain"));
            var attachment = (string)(await (await tenant.Editor.PostAsync("/api/attachments?file_name=a.txt", file)).JsonAsync(201))["id"]!;
            await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, "update attachments set message_id = @message where tenant_id = @tenant and id = @attachment", new { message = Guid.Parse(message), attachment = Guid.Parse(attachment) }, default);
            return new(id, contact, message, note, attachment);
        }
    }
}
