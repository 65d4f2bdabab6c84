using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

public sealed class SliceTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Who_asks_for_prices_is_answered_and_the_log_says_what_was_done()
    {
        await using var stage = await AutomationStage.StartAsync(fixture);
        var id = await stage.HasAsync("message_received", [AutomationStage.Text("Hello {{contact.name|there}}, you asked: {{message.text}}")], AutomationStage.Contains("PRÍCES"));
        var person = AutomationStage.NewPerson();
        var conversation = await stage.SaysAsync(person, "Your prices please");
        var run = await stage.RunAsync(id);
        Assert.Equal(["succeeded"], AutomationStage.StatusesOf(run));
        Assert.EndsWith(", you asked: Your prices please", (string)run["steps"]![0]!["input"]!["text"]!);
        Assert.EndsWith(", you asked: Your prices please", Assert.Single(await stage.SaidAsync((Guid)conversation["id"]!)));
        var automation = await stage.ShowAsync(id);
        Assert.Equal((1, 1, 0), ((int)automation["execution_count"]!, (int)automation["success_count"]!, (int)automation["failure_count"]!));
        Assert.NotNull((string?)automation["last_triggered_at"]);

        await stage.Number.SayAsync(person, "Never mind");
        await stage.ReadAsync();
        Assert.Single(await stage.RunsAsync(id));
    }
}
