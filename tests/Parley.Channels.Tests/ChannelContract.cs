using System.Text;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests;

/// <summary>What every channel that sends and reads webhooks promises. A new adapter derives from this, adds its folder under
/// Recorded/ and is held to it.</summary>
public abstract class ChannelContract<TChannel> where TChannel : ISendMessages, IReadWebhooks
{
    protected abstract TChannel Create(HttpMessageInvoker http);

    /// <summary>Its credentials must be at least eight characters each, so that a leak cannot hide.</summary>
    protected abstract ChannelAccount Account { get; }

    /// <summary>A text to somebody the channel can write to.</summary>
    protected abstract OutboundMessage Message { get; }

    /// <summary>The request as the provider would make it.</summary>
    protected abstract WebhookRequest Sign(byte[] body, ChannelAccount account);

    string Provider => Channel.Provider;

    TChannel Channel { get; }

    protected ChannelContract() => Channel = Create(new HttpMessageInvoker(ProviderStub.Answering(500, "")));

    [Fact]
    public void A_genuine_signature_is_accepted()
    {
        foreach (var name in Recorded.Webhooks(Provider))
            Assert.True(Channel.IsAuthentic(Sign(Recorded.Webhook(Provider, name), Account), Account), name);
    }

    [Fact]
    public void A_forged_signature_is_refused()
    {
        var body = Recorded.Webhook(Provider, Recorded.Webhooks(Provider).First());
        var genuine = Sign(body, Account);
        var otherSecrets = Account with { Credentials = Account.Credentials.ToDictionary(one => one.Key, one => one.Value + "x") };
        var noSecrets = Account with { Credentials = new Dictionary<string, string>() };

        Assert.False(Channel.IsAuthentic(genuine with { Headers = new Dictionary<string, string>() }, Account), "no header");
        Assert.False(Channel.IsAuthentic(Sign(body, otherSecrets), Account), "another secret");
        Assert.False(Channel.IsAuthentic(Sign(body, noSecrets), noSecrets), "no secret at all");
        foreach (var (name, value) in genuine.Headers)
            foreach (var forged in new[] { "", value[..^1], value + "0", value[..^1] + (value[^1] == '0' ? '1' : '0'), new string('é', value.Length) })
                Assert.False(Channel.IsAuthentic(genuine with { Headers = new Dictionary<string, string>(genuine.Headers) { [name] = forged } }, Account), forged);
    }

    [Fact]
    public void A_repeated_webhook_gives_the_same_events()
    {
        foreach (var name in Recorded.Webhooks(Provider))
        {
            var body = Recorded.Webhook(Provider, name);
            Assert.Equal(ContentText.Of(Channel.Read(body)), ContentText.Of(Create(new HttpMessageInvoker(ProviderStub.Answering(500, ""))).Read(body.ToArray())));
        }
    }

    [Fact]
    public void Each_recorded_webhook_says_what_was_recorded()
    {
        var differing = Recorded.Webhooks(Provider)
            .Select(name => (name, expected: Recorded.Expected(Provider, name), actual: ContentText.Of(Channel.Read(Recorded.Webhook(Provider, name)))))
            .Where(one => one.expected != one.actual)
            .Select(one => $"== {one.name}\n{one.actual}")
            .ToList();
        if (differing.Count > 0) Assert.Fail(string.Join('\n', differing));
    }

    [Fact]
    public void Broken_bytes_are_never_an_exception()
    {
        byte[][] broken =
        [
            [], "null"u8.ToArray(), "[]"u8.ToArray(), "7"u8.ToArray(), "{}"u8.ToArray(), [0], [0xFF, 0xFE, 0x00], [0xEF, 0xBB, 0xBF],
            Encoding.UTF8.GetBytes(new string('[', 10_000_000)),
            Encoding.UTF8.GetBytes("{\"entry\":" + new string('[', 5000) + new string(']', 5000) + "}"),
        ];
        foreach (var body in broken) Assert.Empty(Channel.Read(body).Events);
    }

    [Fact]
    public void A_webhook_damaged_at_any_byte_is_read_without_an_exception_and_stays_storable()
    {
        foreach (var name in Recorded.Webhooks(Provider))
        {
            var whole = Recorded.Webhook(Provider, name);
            var damaged = whole.ToArray();
            for (var at = 0; at < whole.Length; at++)
            {
                Assert.NotNull(Channel.Read(whole.AsMemory(0, at)));
                foreach (var other in new byte[] { (byte)(whole[at] ^ 1), 0x80, (byte)'"', (byte)'0' })
                {
                    damaged[at] = other;
                    AssertStorable(Channel.Read(damaged), $"{name} with {other} at {at}");
                }
                damaged[at] = whole[at];
            }
        }
    }

    [Fact]
    public void Every_event_can_be_stored()
    {
        foreach (var name in Recorded.Webhooks(Provider)) AssertStorable(Channel.Read(Recorded.Webhook(Provider, name)), name);
    }

    [Fact]
    public async Task Each_recorded_error_becomes_its_named_failure()
    {
        foreach (var error in Recorded.Errors(Provider))
        {
            var channel = Create(new HttpMessageInvoker(ProviderStub.Answering(error.Status, error.Body, error.Headers)));
            var result = await channel.SendAsync(Message, Account, TestContext.Current.CancellationToken);

            Assert.Equal($"{error.Name}: {error.ExpectedCode} {error.ExpectedRetry}", $"{error.Name}: {result.Failure?.Code} {result.Failure?.Retry}");
            Assert.Contains(result.Failure!.Code, SendFailure.All.Keys);
            Assert.Null(result.ExternalId);
        }
    }

    [Fact]
    public async Task No_secret_appears_in_what_a_failure_says()
    {
        foreach (var secret in Account.Credentials.Values)
        {
            foreach (var error in Recorded.Errors(Provider))
            {
                var telling = error.Body.Replace("\"message\":\"", $"\"message\":\"{secret} {secret.ToUpperInvariant()} ", StringComparison.Ordinal);
                var channel = Create(new HttpMessageInvoker(ProviderStub.Answering(error.Status, telling, error.Headers)));
                AssertSilent(secret, await channel.SendAsync(Message, Account, TestContext.Current.CancellationToken));
            }
            var failing = Create(new HttpMessageInvoker(ProviderStub.Failing(() => new HttpRequestException($"while sending {secret}"))));
            AssertSilent(secret, await failing.SendAsync(Message, Account, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Its_secrets_are_named_and_its_settings_explained()
    {
        Assert.Empty(Channel.Settings.Validate(Account.Config, Account.Credentials));
        Assert.All(Account.Credentials.Keys, name => Assert.Contains(Channel.Settings.Fields, field => field.Name == name && field.Secret));
        Assert.All(Channel.Settings.Fields, field => Assert.NotEqual("", field.Help));
    }

    static void AssertSilent(string secret, SendResult result) =>
        Assert.DoesNotContain(secret, $"{result.Failure?.Words} {result.Failure?.ProviderText} {result.Failure?.ProviderCode}", StringComparison.OrdinalIgnoreCase);

    static void AssertStorable(WebhookContent content, string what)
    {
        if (Storable.Problem(content) is { } problem) Assert.Fail($"{what}: {problem}");
    }
}
