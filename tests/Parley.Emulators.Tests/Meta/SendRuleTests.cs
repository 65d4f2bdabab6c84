using System.Net.Http.Json;
using System.Text.Json;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Meta;

public class SendRuleTests
{
    [Theory]
    [InlineData("text", """{"body":"Hello"}""")]
    [InlineData("location", """{"latitude":-23.55,"longitude":"-46.63","name":"Sé"}""")]
    [InlineData("contacts", """[{"name":{"formatted_name":"Bia"},"phones":[{"phone":"+55 11 90000-0000"}]}]""")]
    [InlineData("reaction", """{"message_id":"wamid.1","emoji":""}""")]
    [InlineData("interactive", """{"type":"button","body":{"text":"Confirm?"},"action":{"buttons":[{"type":"reply","reply":{"id":"yes","title":"Yes"}}]}}""")]
    [InlineData("interactive", """{"type":"list","body":{"text":"Which?"},"action":{"button":"Choose","sections":[{"rows":[{"id":"1","title":"One","description":"The first"}]}]}}""")]
    [InlineData("interactive", """{"type":"cta_url","body":{"text":"Look"},"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://shop.example"}}}""")]
    [InlineData("interactive", """{"type":"location_request_message","body":{"text":"Where are you?"},"action":{"name":"send_location"}}""")]
    public async Task A_message_within_the_rules_is_accepted(string type, string content)
    {
        await using var emulator = await TestEmulator.StartAsync();

        await emulator.SendAsync(type, content);
    }

    [Theory]
    [InlineData(131008, "text", """{"body":""}""")]
    [InlineData(131008, "location", """{"latitude":1}""")]
    [InlineData(131009, "location", """{"latitude":91,"longitude":0}""")]
    [InlineData(131009, "location", """{"latitude":"north","longitude":0}""")]
    [InlineData(131008, "contacts", "[]")]
    [InlineData(131008, "contacts", """{"name":{"formatted_name":"Bia"}}""")]
    [InlineData(131008, "contacts", """[{"name":{"first_name":"Bia"}}]""")]
    [InlineData(131008, "reaction", """{"emoji":"👍"}""")]
    [InlineData(131008, "interactive", """{"type":"button","action":{"buttons":[]}}""")]
    [InlineData(131009, "interactive", """{"type":"button","body":{"text":"x"},"action":{"buttons":[]}}""")]
    [InlineData(100, "interactive", """{"type":"poll","body":{"text":"x"},"action":{}}""")]
    [InlineData(131009, "interactive", """{"type":"list","body":{"text":"x"},"action":{"button":"Choose","sections":[]}}""")]
    [InlineData(131008, "interactive", """{"type":"list","body":{"text":"x"},"action":{"sections":[{"rows":[{"id":"1","title":"One"}]}]}}""")]
    [InlineData(131009, "interactive", """{"type":"cta_url","body":{"text":"x"},"action":{"parameters":{"display_text":"Open","url":"shop"}}}""")]
    [InlineData(100, "audio", """{"link":"https://cdn.example/a.ogg","caption":"x"}""")]
    [InlineData(100, "poll", "{}")]
    public async Task A_message_beyond_the_rules_is_refused(int code, string type, string content)
    {
        await using var emulator = await TestEmulator.StartAsync();

        Assert.Equal(code, await emulator.RefusalAsync(type, content));
    }

    [Theory]
    [InlineData(3, 20, 1024, true)]
    [InlineData(4, 20, 1024, false)]
    [InlineData(3, 21, 1024, false)]
    [InlineData(3, 20, 1025, false)]
    public async Task Buttons_are_three_short_ones_under_a_body(int count, int title, int body, bool accepted)
    {
        await using var emulator = await TestEmulator.StartAsync();
        var content = JsonSerializer.Serialize(new
        {
            type = "button", body = new { text = Text(body) },
            action = new { buttons = Enumerable.Range(0, count).Select(i => new { type = "reply", reply = new { id = $"{i}", title = Text(title - 1) + i } }) },
        });

        await emulator.SendAsync("interactive", content, accepted ? 200 : 400);
    }

    [Theory]
    [InlineData(2, 5, 24, 72, true)]
    [InlineData(2, 6, 24, 72, false)]
    [InlineData(1, 1, 25, 72, false)]
    [InlineData(1, 1, 24, 73, false)]
    public async Task A_list_has_ten_short_rows_in_all(int sections, int rows, int title, int description, bool accepted)
    {
        await using var emulator = await TestEmulator.StartAsync();
        var content = JsonSerializer.Serialize(new
        {
            type = "list", body = new { text = "Which?" },
            action = new
            {
                button = "Choose",
                sections = Enumerable.Range(0, sections).Select(s => new { title = $"Part {s}", rows = Enumerable.Range(0, rows).Select(r => new { id = $"{s}.{r}", title = Text(title), description = Text(description) }) }),
            },
        });

        await emulator.SendAsync("interactive", content, accepted ? 200 : 400);
    }

    [Fact]
    public async Task A_repeated_button_or_row_is_refused()
    {
        await using var emulator = await TestEmulator.StartAsync();

        Assert.Equal(131009, await emulator.RefusalAsync("interactive", """{"type":"button","body":{"text":"x"},"action":{"buttons":[{"type":"reply","reply":{"id":"a","title":"Yes"}},{"type":"reply","reply":{"id":"a","title":"No"}}]}}"""));
        Assert.Equal(131009, await emulator.RefusalAsync("interactive", """{"type":"list","body":{"text":"x"},"action":{"button":"Choose","sections":[{"rows":[{"id":"1","title":"One"},{"id":"1","title":"Two"}]}]}}"""));
    }

    [Theory]
    [InlineData("image", "image/png", 1024, true)]
    [InlineData("image", "image/png", 1025, false)]
    [InlineData("document", "application/pdf", 1025, false)]
    public async Task A_caption_has_at_most_1024_characters(string type, string mimeType, int length, bool accepted)
    {
        await using var emulator = await TestEmulator.StartAsync();
        var id = await emulator.HasMediaAsync([1, 2, 3], mimeType);

        await emulator.SendAsync(type, JsonSerializer.Serialize(new { id, caption = Text(length) }), accepted ? 200 : 400);
    }

    [Fact]
    public async Task A_sticker_is_a_webp()
    {
        await using var emulator = await TestEmulator.StartAsync();

        await emulator.SendAsync("sticker", $$"""{"id":"{{await emulator.HasMediaAsync([1, 2, 3], "image/webp")}}"}""");
        Assert.Equal(131053, await emulator.RefusalAsync("sticker", $$"""{"id":"{{await emulator.HasMediaAsync([1, 2, 3], "image/png")}}"}"""));
        Assert.Equal(131053, await emulator.RefusalAsync("image", $$"""{"id":"{{await emulator.HasMediaAsync([1, 2, 3], "image/webp")}}"}"""));
    }

    [Fact]
    public async Task Reading_is_kept_apart_from_sending()
    {
        await using var emulator = await TestEmulator.StartAsync();

        var read = await (await emulator.Graph.PostAsJsonAsync($"{TestEmulator.Number}/messages", new { messaging_product = "whatsapp", status = "read", message_id = "wamid.IN1", typing_indicator = new { type = "text" } })).JsonAsync();
        await (await emulator.Graph.PostAsJsonAsync($"{TestEmulator.Number}/messages", new { messaging_product = "whatsapp", status = "read", message_id = "nothing" })).JsonAsync(400);

        Assert.True((bool)read["success"]!);
        var entry = (await emulator.Controls.GetJsonAsync("/ledger/meta/reads"))["items"]!.AsArray().Single()!;
        Assert.Equal(("wamid.IN1", TestEmulator.Number, true), ((string)entry["message_id"]!, (string)entry["from"]!, (bool)entry["typing"]!));
        Assert.Empty((await emulator.Controls.GetJsonAsync("/ledger/meta"))["items"]!.AsArray());
    }

    static string Text(int length) => new('x', length);
}
