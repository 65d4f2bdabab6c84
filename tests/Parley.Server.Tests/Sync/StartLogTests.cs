using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Parley.Emulators;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Sync;

/// <summary>The lines that the documents of the Instagram service promise at a start, in their order.</summary>
public sealed class StartLogTests(ParleyFixture fixture)
{
    // As documented, numbers and ids left open. (The brackets of the last line hold the statistics.)
    static readonly string[] Documented =
    [
        "Starting up application...", "Initializing database tables...", "Database tables initialized successfully", "Starting message sync from Unipile...",
        @"Fetched \d+ chats from Unipile", @"Fetched \d+ messages for chat \S+", @"Message sync completed successfully: \{.*'total_messages_created': 50.*\}",
    ];

    [Fact]
    public async Task A_start_says_what_the_documents_say()
    {
        await using var emulators = EmulatorApp.Build(["http://127.0.0.1:0"]);
        await emulators.StartAsync();
        using var emulator = new HttpClient { BaseAddress = new Uri(emulators.Urls.First()) };
        foreach (var account in await AccountsAsync(emulator)) await emulator.PostAsJsonAsync($"/unipile/accounts/{account}/state", new { status = "GONE" });
        await emulator.PostAsJsonAsync("/unipile/dataset", new { account_id = "documented", type = "INSTAGRAM", chats = 10, messages = 50 });
        var lines = new ConcurrentQueue<string>();
        await using var server = await ServerProcess.StartAsync(await fixture.EmptyDatabaseAsync(),
            settings: new() { ["UNIPILE_DSN"] = $"{emulators.Urls.First()}/unipile", ["UNIPILE_API_KEY"] = "the-key-of-the-workspace" }, said: lines.Enqueue);
        await Eventually.Async(() => Task.FromResult(lines.ToArray()), all => Place(all, Documented[^1], 0) >= 0, "the sync is over", 30);

        var (all, at) = (lines.ToArray(), 0);
        foreach (var line in Documented)
        {
            var found = Place(all, line, at);
            Assert.True(found >= 0, $"\"{line}\" is not said, or not in its place:\n{string.Join('\n', all)}");
            at = found + 1;
        }
    }

    [Fact]
    public async Task A_provider_that_is_away_fails_the_sync_and_not_the_start()
    {
        var lines = new ConcurrentQueue<string>();
        await using var server = await ServerProcess.StartAsync(await fixture.EmptyDatabaseAsync(),
            settings: new() { ["UNIPILE_DSN"] = "http://127.0.0.1:1", ["UNIPILE_API_KEY"] = "the-key-of-the-workspace" }, said: lines.Enqueue);
        using var http = new HttpClient { BaseAddress = server.Address };
        Assert.True((await http.GetAsync("/health/ready")).IsSuccessStatusCode);
        // Six tries with growing pauses come before that is said.
        await Eventually.Async(() => Task.FromResult(lines.ToArray()), all => Place(all, "Failed to sync messages on startup", 0) >= 0, "it is said", 90);
    }

    static int Place(string[] lines, string pattern, int from) => Array.FindIndex(lines, from, line => Regex.IsMatch(line, pattern.Contains('\\') ? pattern : Regex.Escape(pattern)));

    static async Task<IEnumerable<string>> AccountsAsync(HttpClient emulator)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/unipile/api/v1/accounts") { Headers = { { "X-API-KEY", "any" } } };
        return (await (await emulator.SendAsync(request)).JsonAsync())["items"]!.AsArray().Select(account => (string)account!["id"]!);
    }
}
