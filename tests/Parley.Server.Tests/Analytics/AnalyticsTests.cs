using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Server.Analytics;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Analytics;

/// <summary>The reports say what the messages say, to the row, although nobody counts messages to show them.</summary>
public sealed class AnalyticsTests(ParleyFixture fixture)
{
    static readonly DateTimeOffset Day = DateTimeOffset.Parse("2026-03-10T00:00:00Z", CultureInfo.InvariantCulture);
    const string March = "from=2026-03-01&to=2026-03-31";

    [Fact]
    public async Task The_numbers_are_those_of_a_count_over_all_messages_also_after_late_ticks_failures_and_deletions()
    {
        var (tenant, number) = await NumberAsync();
        var random = new Random(7);
        string[] statuses = ["sent", "delivered", "read", "failed"];   // what is queued, the senders would change while we compare
        var ids = new List<Guid>();
        for (var i = 0; i < 120; i++)
        {
            var isIn = random.Next(2) == 0;
            ids.Add(await AddAsync(number, isIn ? "inbound" : "outbound", Day.AddMinutes(random.Next(60 * 24 * 4)), isIn ? "contact" : random.Next(2) == 0 ? "bot" : "provider", isIn ? "delivered" : statuses[random.Next(statuses.Length)], thread: $"t{random.Next(5)}"));
        }
        await AssertSameAsync(tenant);

        for (var round = 0; round < 3; round++)
        {
            foreach (var id in ids.Where(_ => random.Next(4) == 0))
                await ChangeAsync(tenant, id, $"update messages set status = '{statuses[random.Next(statuses.Length)]}' where tenant_id = @tenant and id = @id and direction = 'outbound'");
            foreach (var id in ids.Where(_ => random.Next(20) == 0)) await ChangeAsync(tenant, id, "update messages set is_hidden = not is_hidden where tenant_id = @tenant and id = @id");
            await AssertSameAsync(tenant);
        }
        // Counted anew from the beginning it is the same.
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, "delete from count_cursors where tenant_id = @tenant", null, default);
        await AssertSameAsync(tenant);
    }

    [Fact]
    public async Task Counting_twice_or_on_two_nodes_at_once_adds_nothing()
    {
        var (tenant, number) = await NumberAsync();
        for (var i = 0; i < 40; i++) await AddAsync(number, "inbound", Day.AddMinutes(i * 7));
        var counter = tenant.App.Get<MessageCounter>();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => counter.CountAsync(tenant.Id, default)));
        await AssertSameAsync(tenant);
        Assert.Equal(40, (long)(await GetAsync(tenant, "volume"))["received"]!);
    }

    [Fact]
    public async Task A_real_conversation_is_counted_by_itself_with_its_delivery()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());   // counting rests the longer, the more others have
        var (tenant, number) = await NumberAsync(app);
        await number.SayAsync("5511900000001", "Is it open today?");
        var conversation = await Eventually.Async(async () => (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().FirstOrDefault(), found => found is not null, "the message comes in");
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation!["id"]}/messages", new { type = "text", content = "Until six." }, 202);
        var delivery = await Eventually.Async(async () => (await tenant.Viewer.GetJsonAsync("/api/analytics/delivery"))["total"]!, total => (double?)total["delivery_rate"] == 100, "the answer is counted as delivered", 60);
        Assert.Equal(1, (long)delivery["total"]!);
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);   // messages are counted before waiting is timed
        var responses = await tenant.Viewer.GetJsonAsync("/api/analytics/responses");
        Assert.Equal((1, 0), ((long)responses["first"]!["count"]!, (long)responses["waiting"]!));
    }

    [Fact]
    public async Task Waiting_begins_with_the_first_unanswered_message_and_ends_with_an_answer_that_did_not_fail()
    {
        var (tenant, number) = await NumberAsync();
        await AddAsync(number, "inbound", Day.AddHours(9));
        await AddAsync(number, "inbound", Day.AddHours(9).AddMinutes(5));
        var answer = await AddAsync(number, "outbound", Day.AddHours(9).AddMinutes(10), "bot", "sent");
        await AddAsync(number, "outbound", Day.AddHours(9).AddMinutes(30), "provider", "sent");
        await AddAsync(number, "inbound", Day.AddHours(12));
        var responses = await CountedAsync(tenant, "responses");
        Assert.Equal((1, 600.0, 1, 1), ((long)responses["first"]!["count"]!, (double)responses["first"]!["median"]!, (long)responses["every"]!["count"]!, (long)responses["waiting"]!));

        // The answer failed after all: the one after it is the answer. And one that comes to light late, before both, is it then.
        await ChangeAsync(tenant, answer, "update messages set status = 'failed' where tenant_id = @tenant and id = @id");
        Assert.Equal(1800, (double)(await CountedAsync(tenant, "responses"))["first"]!["median"]!);
        await AddAsync(number, "outbound", Day.AddHours(9).AddMinutes(2), "provider", "sent");
        responses = await CountedAsync(tenant, "responses");
        Assert.Equal((1, 120.0, 2), ((long)responses["first"]!["count"]!, (double)responses["first"]!["median"]!, (long)responses["every"]!["count"]!));
        Assert.Equal([("provider", 2)], (await GetAsync(tenant, "team"))["items"]!.AsArray().Where(item => (long)item!["answered"]! > 0).Select(item => ((string)item!["kind"]!, (int)item["answered"]!)));
    }

    [Fact]
    public async Task Waiting_times_follow_one_message_at_a_time_as_they_follow_all_at_once()
    {
        var (tenant, number) = await NumberAsync();
        var random = new Random(11);
        for (var i = 0; i < 40; i++)
        {
            await AddAsync(number, random.Next(2) == 0 ? "inbound" : "outbound", Day.AddMinutes(random.Next(200)), random.Next(2) == 0 ? "bot" : "provider", random.Next(5) == 0 ? "failed" : "sent", thread: $"t{random.Next(2)}");
            if (random.Next(2) == 0) await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        }
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        var stepwise = await WaitsAsync(tenant);
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, "delete from count_cursors where tenant_id = @tenant", null, default);
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        Assert.NotEmpty(stepwise);
        Assert.Equal(await WaitsAsync(tenant), stepwise);
    }

    [Fact]
    public async Task A_conversation_of_many_thousand_messages_is_timed_like_any_other()
    {
        var (tenant, number) = await NumberAsync();
        await AddAsync(number, "inbound", Day);
        // Pairs that look at each other would be a billion here, and no statement may take so long.
        await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, """
            insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, status, author, occurred_at, created_at)
            select @tenant, gen_random_uuid(), c.id, c.contact_id, c.integration_id, 'whatsapp', case when n % 2 = 0 then 'inbound' else 'outbound' end, 'text', 'words', 'delivered', 'provider', @Day + n * interval '20 seconds', @Day
            from conversations c, generate_series(1, 60000) n
            where c.tenant_id = @tenant;
            delete from count_cursors where tenant_id = @tenant
            """, new { Day }, default);
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        var responses = await GetAsync(tenant, "responses");
        Assert.Equal((30_000, 20.0, 1, 1), ((long)responses["every"]!["count"]!, (double)responses["every"]!["median"]!, (long)responses["first"]!["count"]!, (long)responses["waiting"]!));
    }

    [Fact]
    public async Task A_closing_is_an_end_once_and_opening_again_takes_it_back()
    {
        var (tenant, number) = await NumberAsync();
        await number.SayAsync("5511900000002", "I have a question");
        var id = (string)(await Eventually.Async(async () => (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().FirstOrDefault(), found => found is not null, "the message comes in"))!["id"]!;
        await (await tenant.Editor.PutAsync($"/api/conversations/{id}/closure", null)).JsonAsync();
        await (await tenant.Editor.PutAsync($"/api/conversations/{id}/archive", null)).JsonAsync();
        Assert.Equal(1, await EndsAsync());
        await (await tenant.Editor.DeleteAsync($"/api/conversations/{id}/archive")).JsonAsync();
        Assert.Equal(0, await EndsAsync());
        await tenant.Editor.PostJsonAsync("/api/conversations/bulk", new { ids = new[] { id }, change = "close" }, 200);
        Assert.Equal(1, await EndsAsync());

        async Task<long> EndsAsync() => (long)(await tenant.Viewer.GetJsonAsync("/api/analytics/responses"))["resolution"]!["count"]!;
    }

    [Theory]
    [InlineData("UTC", "2026-03-10", 2, 23)]
    [InlineData("Asia/Kathmandu", "2026-03-11", 3, 5)]
    [InlineData("America/Los_Angeles", "2026-03-10", 2, 16)]
    public async Task Days_and_hours_are_those_of_the_time_zone(string zone, string day, int weekday, int hour)
    {
        var (tenant, number) = await NumberAsync();
        await AddAsync(number, "inbound", Day.AddHours(23).AddMinutes(20));
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        Assert.Equal(day, (string)Assert.Single((await GetAsync(tenant, "volume", $"&time_zone={zone}"))["days"]!.AsArray())!["day"]!);
        var one = Assert.Single((await GetAsync(tenant, "hours", $"&time_zone={zone}"))["hours"]!.AsArray())!;
        Assert.Equal((weekday, hour), ((int)one["weekday"]!, (int)one["hour"]!));
        Assert.Empty((await tenant.Viewer.GetJsonAsync($"/api/analytics/volume?from={(day == "2026-03-10" ? "2026-03-11" : "2026-03-10")}&to={(day == "2026-03-10" ? "2026-03-11" : "2026-03-10")}&time_zone={zone}"))["days"]!.AsArray());
    }

    [Theory]
    [InlineData("from=yesterday")]
    [InlineData("from=2026-03-31&to=2026-03-01")]
    [InlineData("from=2020-01-01&to=2026-03-01")]
    [InlineData("time_zone=Mars/Olympus")]
    [InlineData("time_zone='; drop table messages; --")]
    [InlineData("integration_id=1")]
    public async Task A_period_that_makes_no_sense_is_refused_in_words(string query)
    {
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var report in new[] { "volume", "delivery", "responses", "hours", "team" }) await tenant.Viewer.GetJsonAsync($"/api/analytics/{report}?{query}", 400);
    }

    [Fact]
    public async Task Another_tenants_messages_are_in_no_report_and_filters_narrow()
    {
        var (tenant, number) = await NumberAsync();
        await AddAsync(number, "inbound", Day);
        var (other, _) = await NumberAsync();
        await tenant.App.Get<MessageCounter>().RunOnceAsync(default);
        await other.App.Get<MessageCounter>().CountAsync(other.Id, default);
        Assert.Equal(0, (long)(await GetAsync(other, "volume", $"&integration_id={number.Id}"))["received"]!);
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        Assert.Equal(1, (long)(await GetAsync(tenant, "volume", $"&integration_id={number.Id}&channel=whatsapp"))["received"]!);
        Assert.Equal(0, (long)(await GetAsync(tenant, "volume", "&channel=sms"))["received"]!);
        Assert.NotNull((await GetAsync(tenant, "volume"))["period"]!["counted_until"]);
    }

    async Task<(TestTenant, TestNumber)> NumberAsync(TestApp? app = null)
    {
        var tenant = await (app ?? fixture.App).NewTenantAsync();
        return (tenant, await tenant.HasWhatsAppAsync());
    }

    static Task<JsonNode> GetAsync(TestTenant tenant, string report, string more = "") => tenant.Viewer.GetJsonAsync($"/api/analytics/{report}?{March}{more}");

    static async Task<JsonNode> CountedAsync(TestTenant tenant, string report)
    {
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        return await GetAsync(tenant, report);
    }

    // As every writer does: the row and its feed line in one transaction.
    static Task<Guid> AddAsync(TestNumber number, string direction, DateTimeOffset at, string? author = null, string status = "delivered", string thread = "t") =>
        number.Tenant.App.Get<TenantDatabase>().ChangeAsync(number.Tenant.Id, async change =>
        {
            var (id, contact, conversation) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
            await change.ExecuteAsync("""
                insert into contacts (tenant_id, id, external_ref, created_at, updated_at)
                select @tenant, @contact, @thread, @at, @at where not exists (select 1 from conversations where tenant_id = @tenant and integration_id = @integration and thread_id = @thread);
                insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, last_message_at, created_at, updated_at)
                select @tenant, @conversation, @contact, @integration, 'whatsapp', @thread, @thread, @at, @at, @at where exists (select 1 from contacts where tenant_id = @tenant and id = @contact);
                insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, status, author, occurred_at, created_at)
                select @tenant, @id, c.id, c.contact_id, @integration, 'whatsapp', @direction, 'text', 'words', @status, @author, @at, @at
                from conversations c where c.tenant_id = @tenant and c.integration_id = @integration and c.thread_id = @thread
                """, new { id, contact, conversation, integration = number.Id, direction, status, author = direction == "inbound" ? "contact" : author, at, thread }, default);
            change.Publish(new(number.Tenant.Id, "message.created", MessageId: id));
            return id;
        }, default);

    static Task<int> ChangeAsync(TestTenant tenant, Guid id, string sql) => tenant.App.Get<TenantDatabase>().ChangeAsync(tenant.Id, async change =>
    {
        var changed = await change.ExecuteAsync(sql, new { id }, default);
        change.Publish(new(tenant.Id, "message.updated", MessageId: id));
        return changed;
    }, default);

    internal static async Task<IReadOnlyList<string>> WaitsAsync(TestTenant tenant) => await tenant.App.Get<TenantDatabase>().ListAsync<string>(tenant.Id,
        "select concat_ws(' ', conversation_id, message_id, began_at, coalesce(ended_at::text, '-'), author, is_first) from response_times where tenant_id = @tenant order by 1", null, default);

    internal static async Task AssertSameAsync(TestTenant tenant)
    {
        await tenant.App.Get<MessageCounter>().CountAsync(tenant.Id, default);
        var database = tenant.App.Get<TenantDatabase>();
        var kept = await database.ListAsync<string>(tenant.Id, "select concat_ws(' ', slot, integration_id, channel, direction, author, total, waiting, unknown, sent, delivered, read, failed) from message_counts where tenant_id = @tenant order by 1", null, default);
        var counted = await database.ListAsync<string>(tenant.Id, """
            select concat_ws(' ', date_bin('15 minutes', occurred_at, '2000-01-01 00:00:00+00'), integration_id, channel, direction, author, count(*), sum((status in ('queued', 'sending'))::int), sum((status = 'unknown')::int),
                sum((status = 'sent')::int), sum((status = 'delivered')::int), sum((status = 'read')::int), sum((status = 'failed')::int))
            from messages where tenant_id = @tenant and not is_hidden and type <> 'event' and status <> 'scheduled'
            group by date_bin('15 minutes', occurred_at, '2000-01-01 00:00:00+00'), integration_id, channel, direction, author order by 1
            """, null, default);
        Assert.NotEmpty(counted);
        Assert.Equal(counted, kept);
    }
}
