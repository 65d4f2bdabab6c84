using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Phone;

public class PhoneTests
{
    const string Chat = $"/phone/chat?number={TestEmulator.Number}&me={TestEmulator.Ana}";

    [Fact]
    public async Task The_page_is_one_document_that_lets_only_its_own_script_run()
    {
        await using var emulator = await TestEmulator.StartAsync();

        var answer = await emulator.Controls.GetAsync("/phone");
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Nothing is connected yet.", page);
        Assert.DoesNotContain("/*script*/", page);
        Assert.DoesNotMatch("(src|href)=\"", page);
        Assert.DoesNotContain("innerHTML", page);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("script-src 'sha256-", policy);
        Assert.DoesNotContain("unsafe", policy);
    }

    [Fact]
    public async Task Only_connected_numbers_can_be_written_to()
    {
        await using var emulator = await TestEmulator.StartAsync(connected: false);

        Assert.Empty((await emulator.Controls.GetJsonAsync("/phone/numbers"))["items"]!.AsArray());
        await emulator.Controls.GetJsonAsync(Chat, 404);
        await emulator.PostAsync("/phone/messages", new { number = TestEmulator.Number, me = TestEmulator.Ana, text = "Hello" }, 404);
    }

    [Fact]
    public async Task A_connected_number_has_a_name()
    {
        await using var emulator = await TestEmulator.StartAsync();

        var number = (await emulator.Controls.GetJsonAsync("/phone/numbers"))["items"]!.AsArray().Single()!;

        Assert.Equal((TestEmulator.Number, "Corner shop"), ((string)number["id"]!, (string)number["name"]!));
    }

    [Fact]
    public async Task What_a_person_writes_arrives_and_has_a_tick()
    {
        await using var emulator = await TestEmulator.StartAsync();

        var said = await SaysAsync(emulator, new { number = TestEmulator.Number, me = TestEmulator.Ana, name = "Ana", text = "Olá <b>" });

        Assert.Equal("Olá <b>", (string)(await emulator.Business.HearsMessageAsync())["text"]!["body"]!);
        var shown = (await emulator.Controls.GetJsonAsync(Chat))["messages"]!.AsArray().Single()!;
        Assert.Equal(((string)said["id"]!, true, "accepted", "Olá <b>"), ((string)shown["id"]!, (bool)shown["mine"]!, (string)shown["state"]!, (string)shown["content"]!["body"]!));
    }

    [Fact]
    public async Task A_refused_message_is_marked_until_it_is_accepted()
    {
        await using var emulator = await TestEmulator.StartAsync();
        emulator.Business.Answer = 503;

        Assert.False((bool)(await SaysAsync(emulator, new { number = TestEmulator.Number, me = TestEmulator.Ana, text = "Hello" }))["delivered"]!);
        var refused = (await emulator.Controls.GetJsonAsync(Chat))["messages"]![0]!;
        Assert.Equal(("refused", 503), ((string)refused["state"]!, (int)refused["status"]!));

        emulator.Business.Answer = 200;
        await foreach (var view in FollowAsync(emulator))
            if ((string?)view["messages"]!.AsArray().FirstOrDefault()?["state"] == "accepted") break;
    }

    [Fact]
    public async Task Each_kind_of_message_arrives_as_what_it_is()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var sent = (string)(await emulator.SendAsync("text", """{"body":"Yes or no?"}"""))["messages"]![0]!["id"]!;
        (string number, string me) = (TestEmulator.Number, TestEmulator.Ana);

        await SaysAsync(emulator, new { number, me, type = "location", location = new { latitude = -23.5, longitude = -46.6, name = "Sé" } });
        await SaysAsync(emulator, new { number, me, type = "interactive", interactive = new { type = "button_reply", button_reply = new { id = "yes", title = "Yes" } }, reply_to = sent });
        await SaysAsync(emulator, new { number, me, type = "button", button = new { payload = "COME", text = "I will come" }, reply_to = sent });
        await SaysAsync(emulator, new { number, me, type = "reaction", reaction = new { message_id = sent, emoji = "👍" } });

        Assert.Equal(-23.5, (double)(await emulator.Business.HearsMessageAsync())["location"]!["latitude"]!);
        var tapped = await emulator.Business.HearsMessageAsync();
        Assert.Equal(("yes", sent), ((string)tapped["interactive"]!["button_reply"]!["id"]!, (string)tapped["context"]!["id"]!));
        Assert.Equal("COME", (string)(await emulator.Business.HearsMessageAsync())["button"]!["payload"]!);
        Assert.Equal("👍", (string)(await emulator.Business.HearsMessageAsync())["reaction"]!["emoji"]!);
        var messages = (await emulator.Controls.GetJsonAsync(Chat))["messages"]!.AsArray();
        Assert.Equal(4, messages.Count);
        Assert.Equal("👍", (string)messages.Single(message => (string)message!["id"]! == sent)!["my_reaction"]!);
    }

    [Theory]
    [InlineData("""{"text":"  "}""")]
    [InlineData("""{"type":"location"}""")]
    [InlineData("""{"type":"template","text":"x"}""")]
    public async Task Nothing_is_sent_of_nothing(string message)
    {
        await using var emulator = await TestEmulator.StartAsync();
        var body = JsonNode.Parse(message)!;
        (body["number"], body["me"]) = (TestEmulator.Number, TestEmulator.Ana);

        await emulator.PostAsync("/phone/messages", body, 400);
        await emulator.PostAsync("/phone/messages", new { number = TestEmulator.Number, me = "Ana", text = "Hello" }, 400);
    }

    [Fact]
    public async Task A_file_from_disk_arrives_and_can_be_looked_at()
    {
        await using var emulator = await TestEmulator.StartAsync();
        byte[] bytes = [1, 2, 3, 4];

        await SendFileAsync(emulator, bytes, "image/png", "image", "a.png");
        await SendFileAsync(emulator, bytes, "text/html", "document", "a.html");

        var image = (await emulator.Business.HearsMessageAsync())["image"]!;
        var document = (await emulator.Business.HearsMessageAsync())["document"]!;
        Assert.Equal(("look", "a.html"), ((string)image["caption"]!, (string)document["filename"]!));
        Assert.Equal(bytes, await emulator.Controls.GetByteArrayAsync($"/phone/media/{image["id"]}"));
        // A page that somebody sent is saved, not run.
        var html = await emulator.Controls.GetAsync($"/phone/media/{document["id"]}");
        Assert.Equal(("application/octet-stream", "attachment"), (html.Content.Headers.ContentType!.MediaType, html.Content.Headers.ContentDisposition!.DispositionType));
        Assert.Contains("sandbox", html.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task A_template_is_shown_with_its_parameters_in_place()
    {
        await using var emulator = await TestEmulator.StartAsync();

        await emulator.SendAsync("template", """{"name":"order_ready","language":{"code":"pt_BR"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"},{"type":"text","text":"A-1"}]}]}""");
        await emulator.SendAsync("template", """{"name":"track_parcel","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"RB 417"}]},{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"417"}]}]}""");

        var messages = (await emulator.Controls.GetJsonAsync(Chat))["messages"]!.AsArray();
        Assert.Equal("Olá Ana, seu pedido A-1 está pronto para retirada.", (string)messages[0]!["content"]!["body"]!);
        Assert.Equal("https://shop.example/track/417", (string)messages[1]!["content"]!["buttons"]![0]!["url"]!);
    }

    [Fact]
    public async Task A_message_is_read_when_the_phone_that_is_open_says_so()
    {
        await using var emulator = await TestEmulator.StartAsync();
        await emulator.Controls.GetJsonAsync(Chat);

        await emulator.SendAsync("text", """{"body":"Hello"}""", also: ",\"biz_opaque_callback_data\":\"out-42\"");
        Assert.Equal(["delivered", "sent"], await StatusesAsync(emulator, 2));
        Assert.Equal(1, (int)(await emulator.PostAsync("/phone/read", new { number = TestEmulator.Number, me = TestEmulator.Ana }))["read"]!);

        var status = (await emulator.Business.HearsAsync("messages"))["statuses"]![0]!;
        Assert.Equal(("read", "out-42"), ((string)status["status"]!, (string)status["biz_opaque_callback_data"]!));
        Assert.Equal(0, (int)(await emulator.PostAsync("/phone/read", new { number = TestEmulator.Number, me = TestEmulator.Ana }))["read"]!);
    }

    [Fact]
    public async Task Without_an_open_phone_messages_are_read_by_themselves()
    {
        await using var emulator = await TestEmulator.StartAsync();

        await emulator.SendAsync("text", """{"body":"Hello"}""");

        Assert.Equal(["delivered", "read", "sent"], await StatusesAsync(emulator, 3));
    }

    [Fact]
    public async Task A_message_that_failed_is_on_no_phone()
    {
        await using var emulator = await TestEmulator.StartAsync();
        await emulator.HasFaultsAsync(new { status_sequence = new[] { "sent", "failed" } });

        await emulator.SendAsync("text", """{"body":"Hello"}""");

        Assert.Empty((await emulator.Controls.GetJsonAsync(Chat))["messages"]!.AsArray());
    }

    [Fact]
    public async Task What_the_business_writes_and_reads_is_seen_at_once()
    {
        await using var emulator = await TestEmulator.StartAsync();
        var said = (string)(await SaysAsync(emulator, new { number = TestEmulator.Number, me = TestEmulator.Ana, text = "Hello" }))["id"]!;
        var step = 0;

        await foreach (var view in FollowAsync(emulator))
        {
            var messages = view["messages"]!.AsArray();
            if (step == 0)
            {
                await emulator.Graph.PostAsync($"{TestEmulator.Number}/messages", new StringContent($$$"""{"messaging_product":"whatsapp","status":"read","message_id":"{{{said}}}","typing_indicator":{"type":"text"}}"""));
                step = 1;
            }
            else if (step == 1 && messages.Any(message => (string)message!["state"]! == "read" && (bool)message["mine"]!))
            {
                Assert.True((double)view["typing_seconds"]! > 20);
                await emulator.SendAsync("text", """{"body":"Good morning"}""");
                step = 2;
            }
            else if (step == 2)
            {
                Assert.Equal(("Good morning", 0d), ((string)messages.Single()!["content"]!["body"]!, (double)view["typing_seconds"]!));
                return;
            }
        }
    }

    [Fact]
    public async Task A_chat_keeps_the_newest_five_hundred()
    {
        await using var emulator = await TestEmulator.StartAsync();

        await emulator.PostAsync("/say", new { provider = "meta", to = TestEmulator.Number, from = TestEmulator.Ana, text = "Hello", count = 520 });

        Assert.Equal(500, (await emulator.Controls.GetJsonAsync(Chat))["messages"]!.AsArray().Count);
    }

    // Sorted: as with Meta, they may overtake each other.
    static async Task<IEnumerable<string>> StatusesAsync(TestEmulator emulator, int count)
    {
        var statuses = new List<string>();
        while (statuses.Count < count) statuses.Add(await emulator.Business.HearsStatusAsync());
        return statuses.Order();
    }

    static Task<JsonNode> SaysAsync(TestEmulator emulator, object message) => emulator.PostAsync("/phone/messages", message);

    static async Task SendFileAsync(TestEmulator emulator, byte[] bytes, string mimeType, string type, string name)
    {
        var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(mimeType);
        await (await emulator.Controls.PostAsync($"/phone/files?number={TestEmulator.Number}&me={TestEmulator.Ana}&type={type}&file_name={name}&caption=look", body)).JsonAsync();
    }

    static async IAsyncEnumerable<JsonNode> FollowAsync(TestEmulator emulator)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        await using var stream = await emulator.Controls.GetStreamAsync(Chat.Replace("/chat", "/events"), patience.Token);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(patience.Token)) yield return JsonNode.Parse(item.Data)!;
    }
}
