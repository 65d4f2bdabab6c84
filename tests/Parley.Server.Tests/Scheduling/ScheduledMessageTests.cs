using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;
using Parley.Server.Platform.Database;
using Parley.Server.Scheduling;
using Parley.Server.Sending;
using Parley.Server.Tests.Support;
using Xunit;
using Role = Parley.Server.Hosting.Role;

namespace Parley.Server.Tests.Scheduling;

public sealed class ScheduledMessageTests(ParleyFixture fixture)
{
    static string In(TimeSpan time, TimeProvider? clock = null) => ((clock ?? TimeProvider.System).GetUtcNow() + time).ToString("O");

    [Fact]
    public async Task A_message_waits_for_its_time_and_leaves_once()
    {
        await using var stage = await StageAsync();
        var made = await stage.ScheduleAsync("see you tomorrow", In(TimeSpan.FromHours(2), stage.Clock));
        Assert.Equal(("queued", "waiting"), ((string)made["status"]!, (string)made["schedule"]!["state"]!));
        Assert.NotNull(made["scheduled_at"]);
        Assert.DoesNotContain((string)made["id"]!, (await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{stage.Conversation}/messages")).ToJsonString());
        Assert.Equal("hello", (string?)(await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{stage.Conversation}"))["last_message_preview"]);
        Assert.Single((await stage.ListAsync())!);
        Assert.Empty(await stage.App.LedgerAsync());

        stage.Clock.Skip(TimeSpan.FromHours(2));
        var read = await stage.UntilAsync(made, "read");
        Assert.Null(read["schedule"]);
        Assert.NotNull(read["scheduled_at"]);
        Assert.Single(await stage.App.LedgerAsync());
        Assert.Empty(await stage.ListAsync());
        var conversation = await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{stage.Conversation}");
        Assert.Equal(("see you tomorrow", "outbound"), ((string)conversation["last_message_preview"]!, (string)conversation["last_message_direction"]!));
        Assert.Equal((string)made["id"]!, (string)(await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{stage.Conversation}/messages"))["items"]![0]!["id"]!);
    }

    [Fact]
    public async Task Many_nodes_that_look_at_once_release_each_message_once()
    {
        await using var stage = await StageAsync(Role.Web);
        for (var i = 0; i < 30; i++) await stage.ScheduleAsync($"number {i}", In(TimeSpan.FromMinutes(1 + i % 3), stage.Clock));
        stage.Clock.Skip(TimeSpan.FromMinutes(5));
        var store = stage.App.Get<ScheduledMessageStore>();
        var released = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.ReleaseDueAsync(stage.Tenant.Id, SchedulingSettings.Defaults, 50, default)));
        Assert.Equal(30, released.Sum());
        Assert.Equal(0, await store.ReleaseDueAsync(stage.Tenant.Id, SchedulingSettings.Defaults, 50, default));
        var database = stage.App.Get<TenantDatabase>();
        Assert.Equal(31, await database.FindAsync<long>(stage.Tenant.Id, "select message_count from conversations where tenant_id = @tenant", null, default));
        Assert.Equal(30, await database.FindAsync<long>(stage.Tenant.Id, "select count(*) from messages where tenant_id = @tenant and status = 'queued'", null, default));
        // A worker that comes up afterwards finds them and sends each once.
        await using var worker = await TestApp.StartAsync(stage.App.ConnectionString, Role.Worker, time: stage.Clock);
        await Eventually.Async(() => stage.App.LedgerAsync(), sent => sent.Count == 30, "all have left", 30);
        Assert.Equal(30, (await stage.App.LedgerAsync()).Select(entry => (string)entry!["text"]!).Distinct().Count());
    }

    [Fact]
    public async Task What_became_late_while_nothing_ran_is_put_before_a_person_who_sends_or_discards_it()
    {
        await using var stage = await StageAsync(Role.Web);
        var (first, second) = (await stage.ScheduleAsync("good morning", In(TimeSpan.FromMinutes(5), stage.Clock)), await stage.ScheduleAsync("good morning again", In(TimeSpan.FromMinutes(6), stage.Clock)));
        stage.Clock.Skip(TimeSpan.FromHours(8));
        await using var worker = await TestApp.StartAsync(stage.App.ConnectionString, Role.Worker, time: stage.Clock);
        var waiting = await Eventually.Async(() => stage.ListAsync("needs_decision=true"), list => list.Count == 2, "both need a decision");
        Assert.Equal("needs_decision", (string?)waiting[0]!["schedule"]!["state"]);
        Assert.Contains("could not leave then", (string?)waiting[0]!["schedule"]!["words"]);
        Assert.Empty(await stage.App.LedgerAsync());

        await stage.Tenant.Viewer.PostJsonAsync($"/api/scheduled-messages/{first["id"]}/send", new { }, 403);
        await stage.Tenant.Editor.PostJsonAsync($"/api/scheduled-messages/{first["id"]}/send", new { }, 202, key: "now");
        await stage.Tenant.Editor.PostJsonAsync($"/api/scheduled-messages/{first["id"]}/send", new { }, 202, key: "now");
        Assert.Equal(HttpStatusCode.NoContent, (await stage.Tenant.Editor.DeleteAsync($"/api/scheduled-messages/{second["id"]}")).StatusCode);
        await stage.UntilAsync(first, "read");
        Assert.Equal("good morning", (string?)Assert.Single(await stage.App.LedgerAsync())!["text"]);
        await stage.Tenant.Editor.PostJsonAsync($"/api/scheduled-messages/{first["id"]}/send", new { }, 409);
    }

    [Fact]
    public async Task Where_the_organisation_wants_it_what_is_late_leaves_all_the_same()
    {
        await using var stage = await StageAsync(Role.Web);
        Assert.Equal(HttpStatusCode.Forbidden, (await stage.Tenant.Editor.PatchAsJsonAsync("/api/scheduling-settings", new { late_messages = "send" })).StatusCode);
        await (await stage.Tenant.Admin.PatchAsJsonAsync("/api/scheduling-settings", new { late_messages = "send" })).JsonAsync();
        var made = await stage.ScheduleAsync("better late", In(TimeSpan.FromMinutes(5), stage.Clock));
        stage.Clock.Skip(TimeSpan.FromHours(8));
        await using var worker = await TestApp.StartAsync(stage.App.ConnectionString, Role.Worker, time: stage.Clock);
        await stage.UntilAsync(made, "read");
    }

    [Fact]
    public async Task Words_and_time_can_be_changed_until_it_leaves()
    {
        await using var stage = await StageAsync();
        var made = await stage.ScheduleAsync("tomorow", In(TimeSpan.FromHours(1), stage.Clock));
        var changed = await (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/scheduled-messages/{made["id"]}", new { content = "tomorrow", scheduled_at = In(TimeSpan.FromHours(3), stage.Clock) })).JsonAsync();
        Assert.Equal("tomorrow", (string?)changed["content"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/scheduled-messages/{made["id"]}", new { content = "  " })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/scheduled-messages/{made["id"]}", new { scheduled_at = In(TimeSpan.FromHours(-3), stage.Clock) })).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await stage.Tenant.Viewer.PatchAsJsonAsync($"/api/scheduled-messages/{made["id"]}", new { content = "x" })).StatusCode);
        stage.Clock.Skip(TimeSpan.FromHours(2));
        var soon = await stage.ScheduleAsync("a sign of life", In(TimeSpan.FromSeconds(1), stage.Clock));   // what is due was looked for by then
        stage.Clock.Skip(TimeSpan.FromSeconds(2));
        await stage.UntilAsync(soon, "read");
        Assert.Single(await stage.ListAsync());
        stage.Clock.Skip(TimeSpan.FromHours(1));
        await stage.UntilAsync(made, "read");
        Assert.Equal(HttpStatusCode.Conflict, (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/scheduled-messages/{made["id"]}", new { content = "too late" })).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await stage.Tenant.Editor.DeleteAsync($"/api/scheduled-messages/{made["id"]}")).StatusCode);
    }

    [Fact]
    public async Task A_cancelled_one_never_leaves()
    {
        await using var stage = await StageAsync();
        var made = await stage.ScheduleAsync("never mind", In(TimeSpan.FromMinutes(1), stage.Clock));
        Assert.Equal(HttpStatusCode.NoContent, (await stage.Tenant.Editor.DeleteAsync($"/api/scheduled-messages/{made["id"]}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stage.Tenant.Editor.DeleteAsync($"/api/scheduled-messages/{made["id"]}")).StatusCode);
        var after = await stage.ScheduleAsync("instead", In(TimeSpan.FromMinutes(2), stage.Clock));
        stage.Clock.Skip(TimeSpan.FromMinutes(3));
        await stage.UntilAsync(after, "read");
        Assert.Equal("instead", (string?)Assert.Single(await stage.App.LedgerAsync())!["text"]);
    }

    [Fact]
    public async Task The_gate_looks_at_the_world_as_it_is_when_it_leaves()
    {
        await using var stage = await StageAsync();
        var made = await stage.ScheduleAsync("are you there", In(TimeSpan.FromMinutes(1), stage.Clock));
        await (await stage.Tenant.Editor.PatchAsJsonAsync($"/api/contacts/{made["contact_id"]}", new { status = "blocked" })).JsonAsync();
        stage.Clock.Skip(TimeSpan.FromMinutes(2));
        Assert.Equal("recipient_blocked", (string?)(await stage.UntilAsync(made, "failed"))["failure"]!["code"]);
        Assert.Empty(await stage.App.LedgerAsync());
    }

    [Fact]
    public async Task What_had_its_time_while_the_account_was_paused_is_late_when_it_goes_on()
    {
        await using var stage = await StageAsync();
        var made = await stage.ScheduleAsync("good morning", In(TimeSpan.FromMinutes(5), stage.Clock));
        await (await stage.Tenant.Admin.PatchAsJsonAsync($"/api/integrations/{made["integration_id"]}", new { status = "paused" })).JsonAsync();
        stage.Clock.Skip(TimeSpan.FromHours(8));
        // Nobody looks for it any more: whoever lets the account go on has to ask.
        await Eventually.Async(() => stage.Tenant.Admin.GetJsonAsync("/api/jobs?type=messages.due"), jobs => jobs["items"]!.AsArray().Count == 0, "it was looked for", 30);
        Assert.Equal("waiting", (string?)(await stage.ListAsync())[0]!["schedule"]!["state"]);
        await (await stage.Tenant.Admin.PatchAsJsonAsync($"/api/integrations/{made["integration_id"]}", new { status = "active" })).JsonAsync();
        await Eventually.Async(() => stage.ListAsync("needs_decision=true"), list => list.Count == 1, "somebody is asked", 30);
        Assert.Empty(await stage.App.LedgerAsync());
        await stage.Tenant.Editor.PostJsonAsync($"/api/scheduled-messages/{made["id"]}/send", new { }, 202);
        await stage.UntilAsync(made, "read");
    }

    [Theory]
    [InlineData("ask")]
    [InlineData("send")]
    public async Task What_was_queued_in_time_and_could_not_leave_obeys_the_same_policy(string policy)
    {
        await using var stage = await StageAsync(Role.Web);
        await (await stage.Tenant.Admin.PatchAsJsonAsync("/api/scheduling-settings", new { late_messages = policy })).JsonAsync();
        var (words, before) = await LooksAsync();
        var made = await stage.ScheduleAsync("good morning", In(TimeSpan.FromMinutes(5), stage.Clock));
        stage.Clock.Skip(TimeSpan.FromMinutes(6));
        Assert.Equal(1, await stage.App.Get<ScheduledMessageStore>().ReleaseDueAsync(stage.Tenant.Id, SchedulingSettings.Defaults, 50, default));
        stage.Clock.Skip(TimeSpan.FromHours(8));   // and nothing was running to send it
        await using var worker = await TestApp.StartAsync(stage.App.ConnectionString, Role.Worker, time: stage.Clock);
        if (policy == "ask")
        {
            var waiting = Assert.Single(await Eventually.Async(() => stage.ListAsync("needs_decision=true"), list => list.Count == 1, "somebody is asked", 30))!;
            Assert.Contains("could not leave then", (string?)waiting["schedule"]!["words"]);
            Assert.Empty(await stage.App.LedgerAsync());
            Assert.Equal((words, before), await LooksAsync());
            await stage.Tenant.Editor.PostJsonAsync($"/api/scheduled-messages/{made["id"]}/send", new { }, 202);   // somebody wants it all the same
        }
        await stage.UntilAsync(made, "read");
        Assert.Single(await stage.App.LedgerAsync());
        Assert.Equal(("good morning", before + 1), await LooksAsync());

        Task<(string, long)> LooksAsync() => stage.App.Get<TenantDatabase>().FindAsync<(string, long)>(
            stage.Tenant.Id, "select last_message_preview, message_count from conversations where tenant_id = @tenant", null, default);
    }

    [Fact]
    public void Waiting_for_ones_turn_is_not_late_and_waiting_for_an_account_is()
    {
        var start = new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero);
        var (busy, paused, back) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var rule = new LateRule();
        // A thousand and more for nine o'clock, one a second, as fast as the account may: the last is half an hour behind, and in time.
        for (var second = 0; second < 1800; second++) Assert.Null(Pass(busy, start.AddSeconds(second)));
        Assert.Null(Pass(busy, start.AddSeconds(1801), tries: 2));   // nor was it held up for long that was asked to slow down once
        // Nothing of the account has left for hours, and all of these were meant for before.
        for (var second = 0; second < 10; second++) Assert.Equal(SendFailure.TooLate, Pass(paused, start.AddHours(3).AddSeconds(second)));
        Assert.Null(Pass(paused, start.AddHours(3).AddSeconds(20), at: start.AddHours(3)));
        // Tried again and again until now: the provider held up this one, and those behind it.
        Assert.Null(Pass(back, start));
        for (var minute = 1; minute < 20; minute++) Assert.Equal(minute > 16, Pass(back, start.AddMinutes(minute), tries: minute + 1) is not null);
        Assert.Equal(SendFailure.TooLate, Pass(back, start.AddMinutes(20)));
        // Who wants it to leave whenever it can is not asked.
        Assert.Null(rule.Refuse(new Outgoing { IntegrationId = back, ScheduledAt = start, Tries = 1 }, start.AddHours(9)));

        SendFailure? Pass(Guid account, DateTimeOffset now, int tries = 1, DateTimeOffset? at = null) =>
            rule.Refuse(new Outgoing { IntegrationId = account, ScheduledAt = at ?? start, LateAfterMinutes = 15, Tries = tries }, now);
    }

    [Fact]
    public async Task A_time_is_meant_where_the_contact_is_and_where_the_organisation_is_otherwise()
    {
        await using var stage = await StageAsync(Role.Web);
        await (await stage.Tenant.Admin.PatchAsJsonAsync("/api/scheduling-settings", new { time_zone = "Europe/Berlin" })).JsonAsync();
        var day = stage.Clock.GetUtcNow().AddDays(3).ToString("yyyy-MM-dd");
        var wall = $"{day}T09:00";
        Assert.Equal("Europe/Berlin", (string?)(await stage.ScheduleAsync("a", wall))["schedule"]!["time_zone"]);
        Assert.Contains("not known", (await stage.ScheduleAsync("b", wall, "contact", 400)).ToJsonString());
        Assert.Contains("time zone such as", (await stage.ScheduleAsync("b", wall, "Atlantis", 400)).ToJsonString());
        await stage.App.Get<TenantDatabase>().ExecuteAsync(stage.Tenant.Id, "update contacts set metadata = '{\"time_zone\": \"America/Sao_Paulo\"}' where tenant_id = @tenant", null, default);
        var made = await stage.ScheduleAsync("c", wall);
        Assert.Equal(("America/Sao_Paulo", $"{wall}:00"), ((string)made["schedule"]!["time_zone"]!, (string)made["schedule"]!["local_time"]!));
        Assert.Equal(DateTimeOffset.Parse($"{day}T12:00:00Z"), (DateTimeOffset)made["scheduled_at"]!);
        Assert.Equal("Europe/Berlin", (string?)(await stage.ScheduleAsync("d", wall, "tenant"))["schedule"]!["time_zone"]);
        var started = await stage.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = stage.Number.Id, to = "+5511987654321", content = "e", scheduled_at = wall, time_zone = "contact" }, 202);
        Assert.Equal("America/Sao_Paulo", (string?)started["schedule"]!["time_zone"]);
    }

    [Fact]
    public async Task A_time_that_has_passed_is_refused_and_nothing_is_stored()
    {
        await using var stage = await StageAsync(Role.Web);
        Assert.NotNull((await stage.ScheduleAsync("x", In(TimeSpan.FromMinutes(-1), stage.Clock), status: 400))["errors"]!["scheduled_at"]);
        Assert.NotNull((await stage.ScheduleAsync("x", "soon", status: 400))["errors"]!["scheduled_at"]);
        Assert.NotNull((await stage.Tenant.Editor.PostJsonAsync($"/api/conversations/{stage.Conversation}/messages", new { content = "x", time_zone = "UTC" }, 400))["errors"]!["time_zone"]);
        Assert.Empty(await stage.ListAsync());
    }

    [Fact]
    public async Task Another_organisation_sees_and_changes_none_of_it()
    {
        await using var stage = await StageAsync(Role.Web);
        var made = await stage.ScheduleAsync("ours alone", In(TimeSpan.FromHours(1), stage.Clock));
        var other = await stage.App.NewTenantAsync();
        Assert.Empty((await other.Admin.GetJsonAsync("/api/scheduled-messages"))["items"]!.AsArray());
        await other.Admin.GetJsonAsync($"/api/scheduled-messages/{made["id"]}", 404);
        await (await other.Admin.PatchAsJsonAsync($"/api/scheduled-messages/{made["id"]}", new { content = "stolen" })).JsonAsync(404);
        await (await other.Admin.DeleteAsync($"/api/scheduled-messages/{made["id"]}")).JsonAsync(404);
        await other.Admin.PostJsonAsync($"/api/scheduled-messages/{made["id"]}/send", new { }, 404);
        Assert.Single(await stage.ListAsync());
    }

    [Fact]
    public async Task The_list_goes_page_by_page_in_the_order_of_leaving_and_searches_do_not_find_what_has_not_been_said()
    {
        await using var stage = await StageAsync(Role.Web);
        for (var i = 0; i < 5; i++) await stage.ScheduleAsync($"pineapple {i}", In(TimeSpan.FromMinutes(60 - i), stage.Clock));
        var (texts, cursor) = (new List<string>(), "");
        do
        {
            var page = await stage.Tenant.Viewer.GetJsonAsync($"/api/scheduled-messages?limit=2{cursor}");
            texts.AddRange(page["items"]!.AsArray().Select(one => (string)one!["content"]!));
            cursor = (string?)page["next_cursor"] is { } next ? $"&cursor={next}" : null;
        }
        while (cursor is not null);
        Assert.Equal(["pineapple 4", "pineapple 3", "pineapple 2", "pineapple 1", "pineapple 0"], texts);
        Assert.Empty((await stage.Tenant.Viewer.GetJsonAsync("/api/search?q=pineapple&type=messages"))["messages"]!["items"]!.AsArray());
    }

    async Task<Stage> StageAsync(Role role = Role.All)
    {
        var clock = new SkippingClock();
        var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), role, time: clock);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.SayAsync("+5511987654321", "hello");
        var conversation = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!;
        return new(app, clock, tenant, number, (Guid)conversation["id"]!);
    }

    sealed record Stage(TestApp App, SkippingClock Clock, TestTenant Tenant, TestNumber Number, Guid Conversation) : IAsyncDisposable
    {
        public Task<JsonNode> ScheduleAsync(string text, string at, string? zone = null, int status = 202) =>
            Tenant.Editor.PostJsonAsync($"/api/conversations/{Conversation}/messages", new { type = "text", content = text, scheduled_at = at, time_zone = zone }, status);

        public async Task<JsonArray> ListAsync(string query = "") => (await Tenant.Viewer.GetJsonAsync($"/api/scheduled-messages?{query}"))["items"]!.AsArray();

        public Task<JsonNode> UntilAsync(JsonNode message, string status) =>
            Eventually.Async(() => Tenant.Viewer.GetJsonAsync($"/api/messages/{message["id"]}"), one => (string?)one["status"] == status, $"it is {status}", 30);

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
