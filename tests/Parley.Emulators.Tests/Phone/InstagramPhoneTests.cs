using System.Net.Http.Headers;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Phone;

public class InstagramPhoneTests
{
    const string Me = "5511987654321", Chat = $"/phone/chat?number={TestUnipile.Aurora}&me={Me}";

    [Fact]
    public async Task A_connected_account_can_be_written_to_and_is_of_its_channel()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);

        var number = (await unipile.Controls.GetJsonAsync("/phone/numbers"))["items"]!.AsArray().Single()!;

        Assert.Equal((TestUnipile.Aurora, "Café Aurora", "instagram"), ((string)number["id"]!, (string)number["name"]!, (string)number["channel"]!));
        await unipile.Controls.GetJsonAsync($"/phone/chat?number={TestUnipile.WhatsApp}&me={Me}", 404);
    }

    [Fact]
    public async Task Both_sides_see_what_the_other_writes()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        await unipile.PostAsync("/phone/messages", new { number = TestUnipile.Aurora, me = Me, name = "Ana Souza", text = "Olá" });
        var heard = await unipile.Hook.HearsAsync("message_received");

        var sent = await unipile.SendAsync((string)heard["chat_id"]!, "Bom dia");

        Assert.Equal(("Olá", "Ana Souza", "ana.souza"), ((string)heard["message"]!, (string)heard["sender"]!["attendee_name"]!, (string)heard["sender"]!["attendee_public_identifier"]!));
        var shown = (await unipile.Controls.GetJsonAsync(Chat))["messages"]!.AsArray();
        Assert.Equal([("Olá", true, "accepted"), ("Bom dia", false, "delivered")], shown.Select(message => ((string)message!["content"]!["body"]!, (bool)message["mine"]!, (string)message["state"]!)));
        await unipile.PostAsync("/phone/read", new { number = TestUnipile.Aurora, me = Me });
        Assert.Equal((string)sent["message_id"]!, (string)(await unipile.Hook.HearsAsync("message_read"))["message_id"]!);
    }

    [Fact]
    public async Task A_file_and_a_reaction_arrive_and_a_place_cannot_be_sent()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        byte[] bytes = [1, 2, 3, 4];
        var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("image/png");

        await (await unipile.Controls.PostAsync($"/phone/files?number={TestUnipile.Aurora}&me={Me}&type=image&file_name=a.png&caption=look", body)).JsonAsync();
        var heard = await unipile.Hook.HearsAsync("message_received");
        var sent = await unipile.SendAsync((string)heard["chat_id"]!, "Nice");
        await unipile.PostAsync("/phone/messages", new { number = TestUnipile.Aurora, me = Me, type = "reaction", reaction = new { message_id = (string)sent["message_id"]!, emoji = "👍" } });
        await unipile.PostAsync("/phone/messages", new { number = TestUnipile.Aurora, me = Me, type = "location", location = new { latitude = 1, longitude = 2 } }, 400);

        Assert.Equal(("look", "img"), ((string)heard["message"]!, (string)heard["attachments"]![0]!["type"]!));
        Assert.Equal("👍", (string)(await unipile.Hook.HearsAsync("message_reaction"))["reaction"]!);
        var shown = (await unipile.Controls.GetJsonAsync(Chat))["messages"]!.AsArray();
        Assert.Equal("look", (string)shown.Single(message => (string)message!["type"]! == "image")!["content"]!["caption"]!);
        Assert.Equal(bytes, await unipile.Controls.GetByteArrayAsync($"/phone/media/{shown.Single(message => (string)message!["type"]! == "image")!["content"]!["id"]}"));
        Assert.Contains(shown, message => (string?)message!["my_reaction"] == "👍");
    }

    [Fact]
    public async Task A_refused_message_says_so()
    {
        await using var unipile = await TestUnipile.StartAsync(TestUnipile.Aurora);
        unipile.Hook.Answer = 503;

        var said = await unipile.PostAsync("/phone/messages", new { number = TestUnipile.Aurora, me = Me, text = "Hello" });

        Assert.False((bool)said["delivered"]!);
        Assert.Equal("refused", (string)(await unipile.Controls.GetJsonAsync(Chat))["messages"]![0]!["state"]!);
    }
}
