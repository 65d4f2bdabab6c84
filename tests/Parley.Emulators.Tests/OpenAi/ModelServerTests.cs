using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.OpenAi;

public sealed class ModelServerTests
{
    const string System = """
        You answer for the café.

        <document title="Opening hours">
        We are open from Tuesday to Sunday, 8:00 to 18:00. On Mondays we are closed.
        </document>

        <document title="Delivery">
        We deliver cakes within Hamburg. Delivery costs 4 euros.
        </document>
        """;

    [Fact]
    public async Task It_answers_from_the_documents_of_the_prompt_and_says_that_it_is_no_language_model()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var answer = await AskAsync(emulator, "When are you open on Sunday?");
        Assert.Equal("chat.completion", (string?)answer["object"]);
        Assert.Contains("no language model", (string?)answer["model"]);
        Assert.Contains("Tuesday to Sunday", (string?)answer["choices"]![0]!["message"]!["content"]);
        Assert.Equal("stop", (string?)answer["choices"]![0]!["finish_reason"]);
        Assert.Equal((int)answer["usage"]!["prompt_tokens"]! + (int)answer["usage"]!["completion_tokens"]!, (int)answer["usage"]!["total_tokens"]!);
        Assert.Contains("4 euros", Text(await AskAsync(emulator, "What does delivery cost?")));
        Assert.Contains("do not know", Text(await AskAsync(emulator, "Who invented zippers?")));
        Assert.Contains("Hello", Text(await AskAsync(emulator, "Hi!")));
    }

    [Fact]
    public async Task It_answers_the_same_to_the_same_and_keeps_what_it_was_asked()
    {
        await using var emulator = await TestEmulator.StartAsync();
        Assert.Equal(Text(await AskAsync(emulator, "Do you deliver?")), Text(await AskAsync(emulator, "Do you deliver?")));
        var ledger = (await emulator.Controls.GetJsonAsync("/ledger/openai"))["items"]!.AsArray();
        Assert.Equal(2, ledger.Count);
        Assert.Equal("Do you deliver?", (string?)ledger[0]!["request"]!["messages"]![1]!["content"]);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", 400, "model")]
    [InlineData("""{"model":"m","messages":[]}""", 400, "messages")]
    [InlineData("""{"model":"m","messages":[{"role":"king","content":"x"}]}""", 400, "messages")]
    [InlineData("""{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}""", 400, "stream")]
    [InlineData("""{"model":"no-such-model","messages":[{"role":"user","content":"x"}]}""", 404, "model")]
    [InlineData("{", 400, null)]
    public async Task It_refuses_what_the_original_refuses_and_names_the_parameter(string body, int status, string? param)
    {
        await using var emulator = await TestEmulator.StartAsync();
        var answer = await (await emulator.Controls.PostAsync("/openai/v1/chat/completions", new StringContent(body))).JsonAsync(status);
        Assert.Equal(param, (string?)answer["error"]!["param"]);
        Assert.Empty((await emulator.Controls.GetJsonAsync("/ledger/openai"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_bad_key_is_refused_and_no_key_is_fine()
    {
        await using var emulator = await TestEmulator.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/openai/v1/chat/completions") { Content = JsonContent.Create(Question("Hi")) };
        request.Headers.Add("Authorization", "Bearer bad");
        Assert.Equal("invalid_api_key", (string?)(await (await emulator.Controls.SendAsync(request)).JsonAsync(401))["error"]!["code"]);
        await AskAsync(emulator, "Hi");
    }

    [Fact]
    public async Task Faults_refuse_with_a_pause_cut_off_and_say_nothing_and_end_by_themselves()
    {
        await using var emulator = await TestEmulator.StartAsync();
        await emulator.HasFaultsAsync(new { provider = "openai", fail_next = 1, status = 429, code = "rate_limit_exceeded", type = "requests", retry_after = "1" });
        var refused = await emulator.Controls.PostAsJsonAsync("/openai/v1/chat/completions", Question("Hi"));
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal("rate_limit_exceeded", (string?)(await refused.JsonAsync(429))["error"]!["code"]);

        await emulator.HasFaultsAsync(new { provider = "openai", empty_next = 1, replies = new[] { "Scripted." } });
        Assert.Equal("", Text(await AskAsync(emulator, "Hi")));
        Assert.Equal("Scripted.", Text(await AskAsync(emulator, "Hi")));
        await emulator.HasFaultsAsync(new { provider = "openai", malformed_next = 1, no_usage = true });
        Assert.ThrowsAny<System.Text.Json.JsonException>(() => JsonNode.Parse(emulator.Controls.PostAsJsonAsync("/openai/v1/chat/completions", Question("Hi")).Result.Content.ReadAsStringAsync().Result));
        Assert.Null((await AskAsync(emulator, "Hi"))["usage"]);
        await emulator.HasFaultsAsync(new { provider = "openai", cut_next = 1 });
        await Assert.ThrowsAnyAsync<HttpRequestException>(async () => await (await emulator.Controls.PostAsJsonAsync("/openai/v1/chat/completions", Question("Hi"))).Content.ReadAsStringAsync());
    }

    static object Question(string text) => new { model = "any", messages = new[] { new { role = "system", content = System }, new { role = "user", content = text } } };

    static async Task<JsonNode> AskAsync(TestEmulator emulator, string question) => await (await emulator.Controls.PostAsJsonAsync("/openai/v1/chat/completions", Question(question))).JsonAsync();

    static string? Text(JsonNode answer) => (string?)answer["choices"]![0]!["message"]!["content"];
}
