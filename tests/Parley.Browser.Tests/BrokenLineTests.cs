using System.Text.Json.Nodes;
using Parley.Browser.Tests.Support;
using Parley.Server.Hosting;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>The connection or the server goes away in the middle of work.</summary>
public sealed class BrokenLineTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task After_kill_9_and_a_restart_nothing_typed_or_received_is_lost_and_what_was_sent_meanwhile_leaves_once()
    {
        // One app makes the tenant and plays the provider; people and the provider talk to the process that is killed.
        await using var app = await TestApp.StartAsync(await Parley.CloneDatabaseAsync(), Role.Web);
        var (tenant, number) = await ConnectedAsync(app);
        await number.SayAsync("+5511987650021", "Good morning", "Ana");
        await number.SayAsync("+5511987650022", "Good evening", "Ben");
        var server = await ServerProcess.StartAsync(app.ConnectionString, settings: new() { ["PARLEY_HOME"] = Checkout.Folder });
        var address = server.Address;
        await app.Emulator.PostJsonAsync("/connect", new { provider = "meta", external_id = number.PhoneNumberId, webhook_url = new Uri(address, new Uri(number.WebhookUrl).AbsolutePath).ToString(), secret = number.Secret }, 200);
        await using var eva = await SignedInAsync(tenant, address: address, clock: true);
        await eva.OpenAsync("Ben");
        await eva.Field.FillAsync("a draft for Ben");
        await eva.OpenAsync("Ana");
        await eva.Field.PressSequentiallyAsync("Good mor");

        server.Kill();
        await server.DisposeAsync();
        await eva.Field.PressSequentiallyAsync("ning, Ana");
        await eva.Field.PressAsync("Enter");
        await eva.SkipAsync(6);   // it leaves, and does not arrive
        await Expect(eva.Message("Good morning, Ana")).ToContainTextAsync("Sending…");
        await Expect(eva.Page.GetByText("Reconnecting. What you see may be a little behind.")).ToBeVisibleAsync();
        await eva.Field.PressSequentiallyAsync("And one thing mo");
        for (var i = 1; i <= 3; i++) await number.SayAsync("+5511987650021", $"while it was down {i}", "Ana");   // the provider tries again

        await using var again = await ServerProcess.StartAsync(app.ConnectionString, address.ToString(), new() { ["PARLEY_HOME"] = Checkout.Folder });
        await eva.Field.PressSequentiallyAsync("re");
        for (var i = 1; i <= 3; i++) await Expect(eva.Message($"while it was down {i}")).ToBeVisibleAsync();
        await Expect(eva.Message("Good morning, Ana")).ToContainTextAsync("Read");
        await Expect(eva.Message("Good morning, Ana")).ToHaveCountAsync(1);
        Assert.Equal(["Good morning, Ana"], await TextsSentAsync(number));
        await Expect(eva.Page.GetByText("Reconnecting.")).ToHaveCountAsync(0);
        await Expect(eva.Field).ToHaveValueAsync("And one thing more");
        await eva.Page.ReloadAsync();
        await Expect(eva.Field).ToHaveValueAsync("And one thing more");
        await Expect(eva.Row("Ben")).ToContainTextAsync("a draft for Ben");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]   // what happened meanwhile is no longer kept: the server says "begin anew"
    public async Task After_half_a_minute_offline_and_fifty_messages_list_and_thread_are_what_the_API_says(bool eventsAreGone)
    {
        var (tenant, number) = await ConnectedAsync();
        for (var i = 0; i < 8; i++) await number.SayAsync($"+551198766{i:0000}", $"hello {i}", $"Person {i}");
        await using var eva = await SignedInAsync(tenant, clock: true, role: "viewer");
        await eva.OpenAsync("Person 3");
        await eva.Context.SetOfflineAsync(true);
        for (var i = 0; i < 50; i++) await number.SayAsync($"+551198766{i * 7 % 10:0000}", $"meanwhile {i}", $"Person {i * 7 % 10}");   // two of them are new
        await tenant.Editor.PutAsync($"/api/conversations/{await ConversationAsync(tenant, "Person 5")}/closure", null);
        await tenant.Editor.PostJsonAsync($"/api/conversations/{await ConversationAsync(tenant, "Person 3")}/messages", new { type = "text", content = "from a colleague" }, 202);
        if (eventsAreGone)
            await App.Get<Server.Platform.Database.SystemDatabase>().ExecuteAsync(
                "delete from events where tenant_id = @tenant and seq < (select max(seq) from events where tenant_id = @tenant)", new { tenant = tenant.Id }, CancellationToken.None);
        await eva.SkipAsync(30);
        await Expect(eva.Page.GetByText("You are offline.")).ToBeVisibleAsync();
        await Expect(eva.Page.GetByText("meanwhile")).ToHaveCountAsync(0);

        await eva.Context.SetOfflineAsync(false);
        await Expect(eva.Page.GetByText("You are offline.")).ToHaveCountAsync(0);
        var open = (await tenant.Viewer.GetJsonAsync("/api/conversations?status=open"))["items"]!.AsArray();
        Assert.Equal(9, open.Count);
        var rows = await Eventually.Async(
            () => eva.Rows.EvaluateAllAsync<string[]>("rows => rows.map(row => row.querySelector('a')).map(link => `${link.pathname.split('/').at(-1)} ${link.innerText.replace(/\\s+/g, ' ')}`)"),
            rows => rows.Select(row => row[..36]).SequenceEqual(open.Select(one => (string)one!["id"]!)) && rows.Zip(open).All(pair => IsShown(pair.First, pair.Second!)), "the list is as the API says");
        Assert.Equal(9, rows.Length);

        var messages = (await tenant.Viewer.GetJsonAsync($"/api/conversations/{await ConversationAsync(tenant, "Person 3")}/messages?limit=200"))["items"]!.AsArray().Reverse().Select(one => (string)one!["id"]!).ToList();
        await Eventually.Async(() => eva.Thread.Locator("[data-row]:not([data-row=new])").EvaluateAllAsync<string[]>("rows => rows.map(row => row.dataset.row)"), rows => rows.SequenceEqual(messages), "the thread is as the API says");
        eva.HasNoComplaints();
    }

    static bool IsShown(string row, JsonNode conversation) =>
        row.Contains((string)conversation["last_message_preview"]!) && ((bool)conversation["is_read"]! || row.Contains($"{conversation["unread_count"]} unread"));
}
