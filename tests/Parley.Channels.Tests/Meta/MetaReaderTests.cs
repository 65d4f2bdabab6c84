using System.Text;
using Parley.Channels.Adapters.Meta;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Meta;

/// <summary>What the recorded files cannot say: sizes, and bytes that no editor keeps.</summary>
public sealed class MetaReaderTests
{
    [Fact]
    public void A_very_long_text_is_kept_whole()
    {
        var text = new string('ä', 1_000_000);
        Assert.Equal(text, Single(Message($$$"""{"from":"1","id":"wamid.1","timestamp":"1","type":"text","text":{"body":"{{{text}}}"}}""")).Content);
    }

    [Fact]
    public void An_absurdly_long_id_becomes_its_digest_in_messages_and_statuses_alike()
    {
        var id = new string('x', 3000);
        var message = Single(Message($$$"""{"from":"1","id":"{{{id}}}","timestamp":"1","type":"text","text":{"body":"a"}}"""));
        var status = (StatusChanged)Read(Encoding.UTF8.GetBytes(
            $$$"""{"entry":[{"changes":[{"field":"messages","value":{"statuses":[{"id":"{{{id}}}","status":"read","timestamp":"1"}]}}]}]}""")).Events.Single();
        Assert.Equal(message.ExternalId, status.ExternalId);
        Assert.StartsWith("sha256:", message.ExternalId);
    }

    [Fact]
    public void Invalid_UTF8_in_one_message_costs_only_those_bytes()
    {
        var body = Message("""{"from":"1","id":"wamid.1","timestamp":"1","type":"text","text":{"body":"a@b"}}""");
        body[Array.IndexOf(body, (byte)'@')] = 0xFF;
        Assert.Equal("a\uFFFDb", Single(body).Content);
    }

    [Fact]
    public void A_byte_order_mark_is_no_obstacle() =>
        Assert.Single(Read([0xEF, 0xBB, 0xBF, .. Recorded.Webhook("meta", "text")]).Events);

    [Fact]
    public void A_thousand_messages_in_one_body_are_a_thousand_events_in_order()
    {
        var messages = Enumerable.Range(0, 1000).Select(number => $$$"""{"from":"{{{number}}}","id":"wamid.{{{number}}}","timestamp":"1","type":"text","text":{"body":"a"}}""");
        var events = Read(Message(string.Join(',', messages))).Events;
        Assert.Equal(Enumerable.Range(0, 1000).Select(number => $"wamid.{number}"), events.Cast<MessageReceived>().Select(one => one.ExternalId));
    }

    static byte[] Message(string json) => Encoding.UTF8.GetBytes(
        $$$"""{"entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"7"},"messages":[{{{json}}}]}}]}]}""");

    static MessageReceived Single(byte[] body) => (MessageReceived)Read(body).Events.Single();

    static WebhookContent Read(byte[] body) => new MetaChannel(new HttpMessageInvoker(ProviderStub.Answering(500, "")), TimeProvider.System).Read(body);
}
