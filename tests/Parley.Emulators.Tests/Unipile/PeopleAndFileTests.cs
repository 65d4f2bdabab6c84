using System.Text.Json.Nodes;
using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Unipile;

public class PeopleAndFileTests
{
    [Fact]
    public async Task A_file_comes_through_the_message_with_its_type()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var (message, picture) = await AttachmentAsync(unipile, "Nora Vale", "img");

        var answer = await unipile.Api.GetAsync($"messages/{message}/attachments/{Uri.EscapeDataString((string)picture["id"]!)}");
        var bytes = await answer.Content.ReadAsByteArrayAsync();

        Assert.Equal("image/png", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal((int)picture["file_size"]!, bytes.Length);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], bytes[..4]);
        Assert.StartsWith("att://", (string)picture["url"]!);
    }

    [Fact]
    public async Task What_the_network_has_no_more_is_a_404()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var (gone, attachment) = await AttachmentAsync(unipile, "Hugo Dubois", "img");
        var (story, mention) = await AttachmentAsync(unipile, "Mei Tanaka", "story_mention");

        Assert.True((bool)attachment["unavailable"]!);
        foreach (var (message, id) in new[] { (gone, (string)attachment["id"]!), (story, (string)mention["id"]!), (gone, "unknown"), ("unknown", "unknown") })
            await unipile.GetAsync($"messages/{message}/attachments/{Uri.EscapeDataString(id)}", 404);
    }

    [Theory]
    [InlineData("Beatriz Lima", "audio", "RIFF")]
    [InlineData("Samir Haddad", "file", "%PDF")]
    public async Task Other_files_can_be_opened_too(string name, string type, string begins)
    {
        await using var unipile = await TestUnipile.StartAsync();
        var (message, file) = await AttachmentAsync(unipile, name, type);

        Assert.StartsWith(begins, await unipile.Api.GetStringAsync($"messages/{message}/attachments/{Uri.EscapeDataString((string)file["id"]!)}"));
    }

    [Fact]
    public async Task The_people_of_a_chat_are_the_senders_of_its_messages()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = (string)(await unipile.ChatAsync(name: "Breakfast club"))["id"]!;

        var people = (await unipile.GetAsync($"chats/{chat}/attendees"))["items"]!.AsArray();

        Assert.Equal(4, people.Count);
        Assert.Single(people, person => (int)person!["is_self"]! == 1);
        foreach (var message in await unipile.AllAsync($"chats/{chat}/messages", 250))
            Assert.Contains(people, person => (string)person!["id"]! == (string)message["sender_attendee_id"]! && (string)person["provider_id"]! == (string)message["sender_id"]!);
    }

    [Fact]
    public async Task A_person_has_chats_messages_and_a_face()
    {
        await using var unipile = await TestUnipile.StartAsync();
        var chat = await unipile.ChatAsync();
        var person = (await unipile.GetAsync($"chats/{chat["id"]}/attendees"))["items"]![0]!;

        Assert.Equal(("Nora Vale", "nora.vale"), ((string)(await unipile.GetAsync($"chat_attendees/{person["id"]}"))["name"]!, (string)person["specifics"]!["public_identifier"]!));
        foreach (var id in new[] { person["id"], person["provider_id"] })
            Assert.Equal((string)chat["id"]!, (string)(await unipile.GetAsync($"chat_attendees/{id}/chats"))["items"]!.AsArray().Single()!["id"]!);
        Assert.Equal(5, (await unipile.AllAsync($"chat_attendees/{person["id"]}/messages", 2)).Count);
        Assert.Equal("image/png", (await unipile.Api.GetAsync($"chat_attendees/{person["id"]}/picture")).Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task All_people_of_an_account_come_once()
    {
        await using var unipile = await TestUnipile.StartAsync();
        await unipile.HasDatasetAsync("acc", 200, 400);

        var people = await unipile.AllAsync("chat_attendees?account_id=acc", 30);

        Assert.Equal(people.Count, people.Select(person => (string)person["provider_id"]!).Distinct().Count());
        Assert.True(people.Count > 200);
        Assert.Single(people, person => (int)person["is_self"]! == 1);
    }

    [Fact]
    public async Task Who_we_are_can_be_asked()
    {
        await using var unipile = await TestUnipile.StartAsync();

        var me = await unipile.GetAsync($"users/me?account_id={TestUnipile.Aurora}");

        Assert.Equal("cafe.aurora", (string)me["public_identifier"]!);
        await unipile.GetAsync("users/me", 400);
    }

    static async Task<(string Message, JsonNode Attachment)> AttachmentAsync(TestUnipile unipile, string name, string type)
    {
        foreach (var message in await unipile.AllAsync($"chats/{(await unipile.ChatAsync(name: name))["id"]}/messages", 250))
            if (message["attachments"]!.AsArray().FirstOrDefault(one => (string)one!["type"]! == type) is { } found) return ((string)message["id"]!, found);
        throw new InvalidOperationException($"{name} has sent no {type}.");
    }
}
