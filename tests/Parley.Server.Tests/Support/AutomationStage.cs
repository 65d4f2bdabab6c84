using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Database;
using Xunit;

namespace Parley.Server.Tests.Support;

/// <summary>A tenant with a WhatsApp number, whose automations run.</summary>
internal sealed record AutomationStage(TestApp App, TestTenant Tenant, TestNumber Number, SkippingClock? Clock = null) : IAsyncDisposable
{
    static int _people = 30_000_000;

    /// <summary>On the product that all tests share.</summary>
    public static async Task<AutomationStage> StartAsync(ParleyFixture fixture)
    {
        var tenant = await fixture.App.NewTenantAsync();
        return new(fixture.App, tenant, await tenant.HasWhatsAppAsync());
    }

    /// <summary>On a product of its own, which may call this machine and whose time can be moved.</summary>
    public static async Task<AutomationStage> StartAloneAsync(ParleyFixture fixture, string? database = null, Dictionary<string, string?>? settings = null)
    {
        var clock = new SkippingClock();
        var app = await TestApp.StartAsync(database ?? await fixture.CloneDatabaseAsync(), settings: settings ?? WebhookStage.Allowed, time: clock);
        var tenant = await app.NewTenantAsync();
        return new(app, tenant, await tenant.HasWhatsAppAsync(), clock);
    }

    /// <summary>Somebody new.</summary>
    public static string NewPerson() => $"+55119{Interlocked.Increment(ref _people)}";

    public static object Text(string text) => new { type = "send_message", config = new { text } };

    public static object Label(Guid label, string type = "label") => new { type, config = new { label_id = label } };

    public static object Contains(string text) => new { match = "all", items = new[] { new { type = "text", op = "contains", values = new[] { text } } } };

    /// <summary>Makes an automation that is active.</summary>
    public async Task<Guid> HasAsync(string trigger, object[] actions, object? conditions = null, object? config = null, object? options = null, string name = "A rule") =>
        (Guid)(await MakeAsync(trigger, actions, conditions, config, options, name))["automation"]!["id"]!;

    public Task<JsonNode> MakeAsync(string trigger, object[] actions, object? conditions = null, object? config = null, object? options = null, string name = "A rule") =>
        Tenant.Admin.PostJsonAsync("/api/automations", new { name, trigger = new { type = trigger, config = config ?? new { } }, conditions = conditions ?? new { }, actions, options = options ?? new { }, status = "active" }, 201);

    public async Task<Guid> HasLabelAsync(string? name = null) => (Guid)(await Tenant.Editor.PostJsonAsync("/api/labels", new { name = name ?? $"Label {Guid.CreateVersion7():N}" }, 201))["id"]!;

    /// <summary>A customer's conversation, which begins with this.</summary>
    public async Task<JsonNode> SaysAsync(string person, string text)
    {
        await Number.SayAsync(person, text);
        return (await Tenant.Viewer.GetJsonAsync("/api/conversations?limit=200"))["items"]!.AsArray().Single(one => (string?)one!["handle"] == person)!;
    }

    /// <summary>A customer writes at the time that the product's clock shows; a little later, whoever answers does.</summary>
    public async Task SaysNowAsync(string person, string text)
    {
        Clock!.Skip(TimeSpan.FromSeconds(5));
        Planted.Add(text);
        (await Number.PostAsync(Number.Body($"[{TestNumber.TextMessage($"wamid.{Guid.CreateVersion7():N}", text, person[1..], Clock.GetUtcNow().ToUnixTimeSeconds())}]", contacts: $$"""[{"profile":{"name":"Ana"},"wa_id":"{{person[1..]}}"}]"""))).EnsureSuccessStatusCode();
        Clock.Skip(TimeSpan.FromSeconds(5));
    }

    public async Task<JsonNode[]> RunsAsync(Guid automation) => [.. (await Tenant.Viewer.GetJsonAsync($"/api/automations/{automation}/runs?limit=200"))["items"]!.AsArray().Select(run => run!)];

    /// <summary>So many runs, all of which are over.</summary>
    public Task<JsonNode[]> RunsAsync(Guid automation, int count, double seconds = 30) => RunsAsync(automation, runs => runs.Length == count && runs.All(IsOver), $"{count} runs are over", seconds);

    public async Task<JsonNode[]> RunsAsync(Guid automation, Func<JsonNode[], bool> isSo, string what, double seconds = 30)
    {
        static JsonNode[] Items(JsonNode page) => [.. page["items"]!.AsArray().Select(run => run!)];
        return Items(await Eventually.Async(() => Tenant.Viewer.GetJsonAsync($"/api/automations/{automation}/runs?limit=200"), page => isSo(Items(page)), what, seconds));
    }

    /// <summary>The only run of an automation, with its steps, when it is over.</summary>
    public async Task<JsonNode> RunAsync(Guid automation, string status = "succeeded", double seconds = 30)
    {
        var run = await ShowRunAsync((Guid)Assert.Single(await RunsAsync(automation, 1, seconds))["id"]!);
        Assert.True((string)run["status"]! == status, run.ToJsonString());
        return run;
    }

    public Task<JsonNode> ShowRunAsync(Guid run) => Tenant.Viewer.GetJsonAsync($"/api/automation-runs/{run}");

    public static bool IsOver(JsonNode run) => (string)run["status"]! is "succeeded" or "failed" or "stopped" or "cancelled";

    public static string[] StatusesOf(JsonNode run) => [.. run["steps"]!.AsArray().Select(step => (string)step!["status"]!)];

    public Task<JsonNode> ShowAsync(Guid automation) => Tenant.Viewer.GetJsonAsync($"/api/automations/{automation}");

    public async Task<JsonNode> PatchAsync(Guid automation, object change, int status = 200) => await (await Tenant.Admin.PatchAsJsonAsync($"/api/automations/{automation}", change)).JsonAsync(status);

    /// <summary>What went out, the oldest first.</summary>
    public async Task<string[]> SaidAsync(Guid conversation) =>
        [.. (await Tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages?limit=200"))["items"]!.AsArray().Reverse().Where(message => (string)message!["direction"]! == "outbound").Select(message => (string)message!["content"]!)];

    public Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? args = null) => App.Get<TenantDatabase>().ListAsync<T>(Tenant.Id, sql, args, default);

    /// <summary>Lets so much time pass, and what is due then come.</summary>
    public void Skip(TimeSpan by)
    {
        Clock!.Skip(by);
        App.Get<Parley.Server.Jobs.JobNews>().Publish();
    }

    /// <summary>All that was told so far has been read.</summary>
    public async Task ReadAsync() => await Eventually.Async(async () => await App.Get<TenantDatabase>().FindAsync<bool?>(Tenant.Id, """
        select c.seq >= h.seq or not c.is_read from automation_cursors c join feed_heads h on h.tenant_id = c.tenant_id where c.tenant_id = @tenant
        """, null, default), isRead => isRead != false, "the feed is read", 30);

    public async ValueTask DisposeAsync()
    {
        if (Clock is not null) await App.DisposeAsync();
    }
}
