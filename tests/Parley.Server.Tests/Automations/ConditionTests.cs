using System.Text.Json.Nodes;
using Parley.Server.Automations.Conditions;
using Parley.Server.Automations.Steps;
using Parley.Server.Automations.Triggers;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>What needs no database: conditions, clocks, texts, chains.</summary>
public sealed class ConditionTests
{
    static readonly Guid Known = Guid.Parse("0199aaaa-0000-7000-8000-000000000001");

    static readonly Facts Facts = new()
    {
        Channel = "whatsapp", IntegrationId = Known, Text = "  Olá, quanto custa o CAFÉ da manhã? ", Labels = [Known], ContactName = "Ana Lima", Phone = "+5511987654321", Metadata = """{"city":"São Paulo","visits":3,"vip":true,"none":null}""",
        At = DateTimeOffset.Parse("2026-03-04T12:30:00Z"), Zone = "America/Sao_Paulo",   // a Wednesday, half past nine there
    };

    [Theory]
    [InlineData("""{"type":"channel","in":["sms","whatsapp"]}""", true)]
    [InlineData("""{"type":"channel","in":["sms"]}""", false)]
    [InlineData("""{"type":"channel","in":["sms"],"negate":true}""", true)]
    [InlineData("""{"type":"integration","in":["0199aaaa-0000-7000-8000-000000000001"]}""", true)]
    [InlineData("""{"type":"integration","in":["0199aaaa-0000-7000-8000-000000000002"]}""", false)]
    [InlineData("""{"type":"label","in":["0199aaaa-0000-7000-8000-000000000001"]}""", true)]
    [InlineData("""{"type":"label","in":["0199aaaa-0000-7000-8000-000000000002"]}""", false)]
    [InlineData("""{"type":"text","op":"contains","values":["tea","cafe DA"]}""", true)]
    [InlineData("""{"type":"text","op":"contains","values":["tea"]}""", false)]
    [InlineData("""{"type":"text","op":"equals","values":["olá, quanto custa o café da manhã?"]}""", true)]
    [InlineData("""{"type":"text","op":"equals","values":["olá"]}""", false)]
    [InlineData("""{"type":"text","op":"starts","values":["ola"]}""", true)]
    [InlineData("""{"type":"text","op":"starts","values":["quanto"]}""", false)]
    [InlineData("""{"type":"text","op":"words","values":["manha quanto"]}""", true)]
    [InlineData("""{"type":"text","op":"words","values":["man"]}""", false)]
    [InlineData("""{"type":"text","op":"regex","values":["custa\\s+o"]}""", true)]
    [InlineData("""{"type":"text","op":"regex","values":["^custa"]}""", false)]
    [InlineData("""{"type":"hours","hours":[{"days":["wed"],"from":"09:00","to":"10:00"}]}""", true)]
    [InlineData("""{"type":"hours","hours":[{"days":["wed"],"from":"09:00","to":"10:00"}],"time_zone":"Europe/Berlin"}""", false)]
    [InlineData("""{"type":"hours","hours":[{"days":["tue"],"from":"22:00","to":"10:00"}]}""", true)]
    [InlineData("""{"type":"hours","hours":[{"days":["thu"],"from":"09:00","to":"10:00"}]}""", false)]
    [InlineData("""{"type":"field","name":"city","op":"equals","value":"sao paulo"}""", true)]
    [InlineData("""{"type":"field","name":"city","op":"contains","value":"rio"}""", false)]
    [InlineData("""{"type":"field","name":"visits","op":"equals","value":"3"}""", true)]
    [InlineData("""{"type":"field","name":"vip","op":"exists"}""", true)]
    [InlineData("""{"type":"field","name":"none","op":"exists"}""", false)]
    [InlineData("""{"type":"field","name":"email","op":"exists"}""", false)]
    [InlineData("""{"type":"field","name":"phone","op":"contains","value":"+55"}""", true)]
    public void A_condition_holds_or_does_not(string json, bool holds)
    {
        var (condition, wrong) = Condition.Read(JsonNode.Parse(json)!.AsObject());
        Assert.Null(wrong);
        Assert.Equal(holds, condition!.Holds(Facts));
        Assert.NotEmpty(condition.Words);
    }

    [Theory]
    [InlineData("""{"type":"weather"}""")]
    [InlineData("""{}""")]
    [InlineData("""{"type":"channel","in":["pigeon"]}""")]
    [InlineData("""{"type":"text","op":"contains","values":[]}""")]
    [InlineData("""{"type":"text","op":"contains","values":[" "]}""")]
    [InlineData("""{"type":"text","op":"sounds","values":["x"]}""")]
    [InlineData("""{"type":"text","op":"words","values":["?!"]}""")]
    [InlineData("""{"type":"text","op":"regex","values":["(a)\\1"]}""")]
    [InlineData("""{"type":"text","op":"regex","values":["a(?=b)"]}""")]
    [InlineData("""{"type":"text","op":"regex","values":["("]}""")]
    [InlineData("""{"type":"label","in":["x"]}""")]
    [InlineData("""{"type":"hours","hours":[{"days":["noday"],"from":"09:00","to":"10:00"}]}""")]
    [InlineData("""{"type":"hours","hours":"always"}""")]
    [InlineData("""{"type":"field","name":"city","op":"equals"}""")]
    public void What_is_no_condition_is_refused_in_words(string json)
    {
        var (condition, wrong) = Condition.Read(JsonNode.Parse(json)!.AsObject());
        Assert.Null(condition);
        Assert.EndsWith(".", wrong);
    }

    [Fact]
    public void All_any_and_none_are_what_they_say()
    {
        JsonObject yes = new() { ["type"] = "channel", ["in"] = new JsonArray("whatsapp") }, no = new() { ["type"] = "channel", ["in"] = new JsonArray("sms") };
        bool Holds(string match, params JsonObject[] items) => CompiledAutomation.Of(Known, "x", 1, new("message_received"), new(match, items), null, 0).Holds(Facts);
        Assert.True(Holds("all") && Holds("any") && Holds("all", yes) && Holds("any", no, yes));
        Assert.False(Holds("all", yes, no) || Holds("any", no, no));
    }

    [Fact]
    public void A_pattern_that_would_take_for_ever_elsewhere_is_quick_here()
    {
        var (condition, _) = Condition.Read(JsonNode.Parse("""{"type":"text","op":"regex","values":["^(a+)+$"]}""")!.AsObject());
        var begun = System.Diagnostics.Stopwatch.StartNew();
        Assert.False(condition!.Holds(new Facts { Text = new string('a', 5000) + "!" }));
        Assert.True(begun.Elapsed < TimeSpan.FromSeconds(2), $"{begun.Elapsed}");
    }

    [Theory]
    [InlineData("0 9 * * mon-fri", "2026-03-06T12:30:00Z", "2026-03-09T12:00:00Z", "America/Sao_Paulo")]   // from a Friday to a Monday
    [InlineData("*/15 * * * *", "2026-03-06T12:31:00Z", "2026-03-06T12:45:00Z", "UTC")]
    [InlineData("0 0 1 * *", "2026-12-05T00:00:00Z", "2027-01-01T00:00:00Z", "UTC")]
    [InlineData("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z", "UTC")]
    [InlineData("0 12 13 * fri", "2026-03-07T00:00:00Z", "2026-03-13T12:00:00Z", "UTC")]                    // either day counts
    [InlineData("5,10 8-10/2 * jan,mar 7", "2026-03-06T12:30:00Z", "2026-03-08T08:05:00Z", "UTC")]
    [InlineData("30 2 * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "Europe/Berlin")]             // skipped: when the clock has jumped
    [InlineData("30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z", "Europe/Berlin")]
    [InlineData("30 2 * * *", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z", "Europe/Berlin")]             // twice on the clock: once
    [InlineData("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "Europe/Berlin")]
    [InlineData("30 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "Europe/Berlin")]             // but every hour is every hour
    [InlineData("0 3 * * *", "2026-03-08T06:59:00Z", "2026-03-08T07:00:00Z", "America/New_York")]
    public void The_clock_says_when_a_schedule_comes_next(string cron, string after, string next, string zone) =>
        Assert.Equal(DateTimeOffset.Parse(next), Cron.Parse(cron)!.Next(DateTimeOffset.Parse(after), TimeZoneInfo.FindSystemTimeZoneById(zone)));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("1/2/3 * * * *")]
    [InlineData("x * * * *")]
    public void What_is_no_schedule_is_refused(string cron) => Assert.Null(Cron.Parse(cron));

    [Fact]
    public void A_pattern_without_time_left_neither_holds_nor_holds_not()
    {
        foreach (var negate in new[] { false, true })
        {
            var conditions = new Parley.Server.Automations.AutomationConditions(Items: [JsonNode.Parse($$"""{"type":"text","op":"regex","values":["custa"],"negate":{{(negate ? "true" : "false")}}}""")!.AsObject()]);
            var automation = CompiledAutomation.Of(Known, "x", 1, new("message_received"), conditions, null, 0);
            var (facts, late) = (new Facts { Text = "Quanto custa?" }, new Facts { Text = "Quanto custa?", PatternTime = TimeSpan.Zero });
            Assert.Equal((!negate, false), (automation.Holds(facts), facts.IsCut));
            Assert.Equal((false, true), (automation.Holds(late), late.IsCut));
        }
    }

    [Fact]
    public async Task An_automation_reads_the_same_here_and_on_the_page()
    {
        foreach (var row in JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Checkout.Folder, "web", "src", "automations", "sentences.json")))!.AsArray())
        {
            var definition = Parley.Server.Automations.DefinitionJson.Read<Parley.Server.Automations.AutomationDefinition>(row!.ToJsonString());
            Assert.Equal((string)row["sentence"]!, Parley.Server.Automations.AutomationSentence.Of(definition.Trigger!, definition.Conditions!, definition.Actions!));
        }
    }

    [Fact]
    public void Only_so_many_patterns_are_kept()
    {
        for (var i = 0; i < Patterns.MostKept + 10; i++) Patterns.Get($"a{i}");
        Assert.InRange(Patterns.Kept, 1, Patterns.MostKept);
    }

    [Fact]
    public void A_day_that_never_comes_has_no_next_time() => Assert.True(Cron.Parse("0 0 30 2 *") is { NeverComes: true } never && never.Next(DateTimeOffset.Parse("2026-01-01T00:00:00Z"), TimeZoneInfo.Utc) is null && Cron.Parse("0 0 29 2 *") is { NeverComes: false });

    [Fact]
    public void A_thousand_schedules_come_in_order_and_at_their_times()
    {
        var (cron, zone, at) = (Cron.Parse("*/7 1-5 * * *")!, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), DateTimeOffset.Parse("2026-03-25T00:00:00Z"));
        for (var i = 0; i < 1000; i++)
        {
            var next = cron.Next(at, zone)!.Value;
            Assert.True(next > at && next - at <= TimeSpan.FromHours(21), $"{at} {next}");
            at = next;
        }
    }

    [Fact]
    public void Texts_are_filled_in_once_and_what_is_missing_is_said()
    {
        var variables = JsonNode.Parse("""{"contact":{"name":"{{trigger.body.x}}","email":null,"tags":["a",{"b":2}]},"steps":{"1":{"status":200}}}""")!.AsObject();
        Assert.Equal("Hi {{trigger.body.x}}!", TextTemplate.Fill("Hi {{ contact.name }}!", variables));   // what people write is no template
        Assert.Equal("200 2 a", TextTemplate.Fill("{{steps.1.status}} {{contact.tags.1.b}} {{contact.tags.0}}", variables));
        Assert.Equal("there, ", TextTemplate.Fill("{{contact.email|there}}, {{contact.nothing|}}", variables));
        Assert.Contains("{{contact.email}}", Assert.Throws<StepException>(() => TextTemplate.Fill("{{contact.email}}", variables)).Message);
        Assert.Throws<StepException>(() => TextTemplate.Fill("{{contact.tags.9}}", variables));
        Assert.Throws<StepException>(() => TextTemplate.Fill(string.Concat(Enumerable.Repeat("{{contact.name}}", 10_000)), variables));
    }

    [Fact]
    public void Chains_end_where_one_would_start_itself_and_after_five()
    {
        Guid[] all = [.. Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7())];
        var names = new Dictionary<Guid, string> { [all[1]] = "Second" };
        Assert.Null(Loops.Stopped(all[0], [], names));
        Assert.Null(Loops.Stopped(all[4], all[..4], names));
        Assert.Contains("own doing", Loops.Stopped(all[0], [all[0]], names));
        Assert.Contains("“Second”", Loops.Stopped(all[0], [all[0], all[1]], names));
        Assert.Contains("taken for a loop", Loops.Stopped(all[5], all[..5], names));
    }

    [Fact]
    public void Quiet_hours_end_when_they_say()
    {
        Parley.Server.Bot.BotHours[] night = [new(null, "20:00", "08:00")];
        Assert.Equal(DateTimeOffset.Parse("2026-03-05T11:00:00Z"), Parley.Server.Automations.Runs.RunAutomation.QuietUntil(night, "America/Sao_Paulo", DateTimeOffset.Parse("2026-03-05T02:10:33Z")));
        Assert.Null(Parley.Server.Automations.Runs.RunAutomation.QuietUntil(night, "America/Sao_Paulo", DateTimeOffset.Parse("2026-03-05T12:00:00Z")));
    }
}
