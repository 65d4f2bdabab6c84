using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;

namespace Parley.Server.Tests.Campaigns;

/// <summary>An organisation with a WhatsApp number whose templates were read.</summary>
internal sealed class CampaignStage(TestApp app, TestTenant tenant, TestNumber number, bool isOwn) : IAsyncDisposable
{
    static int _people = 10_000;

    public TestApp App => app;
    public TestTenant Tenant => tenant;
    public TestNumber Number => number;
    public HttpClient Editor => tenant.Editor;

    /// <param name="alone">In an app of its own: its faults are nobody else's.</param>
    public static async Task<CampaignStage> StartAsync(ParleyFixture fixture, bool alone = false, int rate = 500, TimeProvider? time = null)
    {
        var app = alone || time is not null ? await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), time: time) : fixture.App;
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync(rate);
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates?name=order_ready"), page => page["items"]!.AsArray().Count > 0, "the templates are read", 30);
        return new(app, tenant, number, app != fixture.App);
    }

    /// <summary>A telephone number that nobody else has.</summary>
    public static string NewNumber() => $"+49301{Interlocked.Increment(ref _people):0000000}";

    public async Task<(Guid Id, string Phone)> HasContactAsync(string? name, object? metadata = null, string? status = null)
    {
        var phone = NewNumber();
        var made = await Editor.PostJsonAsync("/api/contacts", new { name, phone, metadata = metadata ?? new { }, status = status ?? "active" }, 201);
        return ((Guid)made["id"]!, phone);
    }

    /// <summary>A campaign with the template order_ready: “Olá {{1}}, seu pedido {{2}} está pronto para retirada.”</summary>
    public JsonObject Request(object? recipients = null, object? audience = null, object? more = null)
    {
        var request = System.Text.Json.JsonSerializer.SerializeToNode(new
        {
            name = "Spring", integration_id = number.Id, template = new { name = "order_ready", language = "pt_BR", variables = new[] { "{{first_name}}", "42" } }, defaults = new { first_name = "você" },
        })!.AsObject();
        if (recipients is not null) request["recipients"] = System.Text.Json.JsonSerializer.SerializeToNode(recipients);
        if (audience is not null) request["audience"] = System.Text.Json.JsonSerializer.SerializeToNode(audience);
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject()) request[name] = value?.DeepClone();
        return request;
    }

    public async Task<string> HasCampaignAsync(object? recipients = null, object? audience = null, object? more = null) =>
        (string)(await Editor.PostJsonAsync("/api/campaigns", Request(recipients, audience, more), 201))["id"]!;

    public Task<JsonNode> DoAsync(string id, string act, int status = 200) => Editor.PostJsonAsync($"/api/campaigns/{id}/{act}", null, status);

    public Task<JsonNode> ShowAsync(string id) => tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}");

    public Task<JsonNode> UntilAsync(string id, Func<JsonNode, bool> isSo, string what, double seconds = 30) => Eventually.Async(() => ShowAsync(id), isSo, what, seconds);

    public Task<JsonNode> UntilStatusAsync(string id, string status, double seconds = 30) => UntilAsync(id, one => (string)one["status"]! == status, $"it is {status}", seconds);

    public async Task<JsonNode[]> RecipientsAsync(string id, string query = "")
    {
        var all = new List<JsonNode>();
        for (string? cursor = null; ;)
        {
            var page = await tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/recipients?limit=200{query}{(cursor is null ? "" : $"&cursor={cursor}")}");
            all.AddRange(page["items"]!.AsArray().Select(item => item!));
            if ((cursor = (string?)page["next_cursor"]) is null) return [.. all];
        }
    }

    /// <summary>What the provider took from this number.</summary>
    public async Task<JsonNode[]> LedgerAsync() => [.. (await app.LedgerAsync()).Where(entry => (string)entry!["from"]! == number.PhoneNumberId).Select(entry => entry!)];

    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? args = null) => app.Get<TenantDatabase>().ListAsync<T>(tenant.Id, sql, args, default);

    /// <summary>What is counted is what is so, whoever is asked. (Between the two looks a message may move on: then both look again.)</summary>
    public Task CountsAreRightAsync(string id) => Eventually.Async(async () =>
    {
        var shown = await ShowAsync(id);
        var rows = (await RecipientsAsync(id)).GroupBy(row => (string)row["status"]!).ToDictionary(group => group.Key, group => group.Count());
        var wrong = from counted in shown["counts"]!.AsObject()
                    where counted.Key is not ("duplicates" or "invalid") && rows.GetValueOrDefault(counted.Key) != (int)counted.Value!
                    select $"{counted.Key}: {counted.Value} were counted, {rows.GetValueOrDefault(counted.Key)} are there";
        return string.Join(", ", wrong) + (rows.Values.Sum() == (int)shown["total_count"]! ? "" : $" and {rows.Values.Sum()} of {shown["total_count"]} in all");
    }, wrong => wrong.Length == 0, "what is counted is what is so");

    /// <summary>Whoever counts has read all that the feed tells.</summary>
    public Task CursorIsAtTheEndAsync() => Eventually.Async(() => ListAsync<bool>("select c.seq = h.seq from campaign_cursors c join feed_heads h on h.tenant_id = c.tenant_id where c.tenant_id = @tenant"), rows => rows[0], "all is counted", 60);

    /// <summary>Where what was counted is not what is there, of any campaign. Equal at any moment: they are one transaction.</summary>
    public Task<IReadOnlyList<string>> WrongCountsAsync() => ListAsync<string>("""
        with there as (select campaign_id, status, count(*)::int as n from campaign_recipients where tenant_id = @tenant group by campaign_id, status),
        counted as (
            select c.campaign_id, x.status, sum(x.n)::int as n
            from campaign_counts c
            cross join lateral (values ('pending', c.pending), ('queued', c.queued), ('sent', c.sent), ('delivered', c.delivered), ('read', c.read), ('failed', c.failed), ('needs_review', c.needs_review),
                ('skipped', c.skipped), ('cancelled', c.cancelled)) as x (status, n)
            where c.tenant_id = @tenant
            group by c.campaign_id, x.status
        )
        select coalesce(t.status, c.status) || ': ' || coalesce(c.n, 0) || ' were counted, ' || coalesce(t.n, 0) || ' are there'
        from there t
        full join counted c on c.campaign_id = t.campaign_id and c.status = t.status
        where coalesce(t.n, 0) <> coalesce(c.n, 0)
        """);

    public async Task<string> UploadAsync(string csv) =>
        (string)(await (await Editor.PostAsync("/api/contacts/imports?file_name=people.csv", new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(csv)))).JsonAsync(201))["id"]!;

    public async Task PutAsync(string path, object body, int status = 200, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body) };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        await (await Editor.SendAsync(request)).JsonAsync(status);
    }

    public ValueTask DisposeAsync() => isOwn ? app.DisposeAsync() : ValueTask.CompletedTask;
}
