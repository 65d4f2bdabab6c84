using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Server.Demo;

/// <summary>One account that the demo has: what is connected, how it is pointed at the emulators, and what they are told.</summary>
/// <param name="AddressSetting">The setting that holds the provider's address.</param>
/// <param name="SecretSetting">The credential with which the provider signs its webhooks.</param>
/// <param name="Told">What the emulator needs to know beside that, by the names of its /connect.</param>
/// <param name="HasBot">A bot answers there.</param>
internal sealed record DemoAccount(
    string Provider, string Channel, string ExternalId, string Name, IReadOnlyDictionary<string, string> Config, IReadOnlyDictionary<string, string> Credentials,
    string AddressSetting, string SecretSetting, IReadOnlyDictionary<string, string> Told, bool HasBot = false)
{
    /// <summary>The two with months of conversations come first.</summary>
    public static IReadOnlyList<DemoAccount> All { get; } =
    [
        Meta("106540352242922", "Café Aurora", "15550783881"),
        Meta("106540352242923", "Aurora wholesale", "15550783882", hasBot: true),
        // Its conversations are at the provider, and are read like anybody's when the product has started.
        new("unipile", "instagram", "Qm4xT0vYR3uB8nLk2sZa7w", "cafe.aurora", Of(), Of(("api_key", "demo-token"), ("webhook_secret", "demo-secret-instagram")), "dsn", "webhook_secret", Of()),
        Twilio("sms", "+15557650000", "Aurora by SMS"),
        Twilio("whatsapp", "whatsapp:+14155238886", "Aurora’s bot (WhatsApp by Twilio)", hasBot: true),
    ];

    /// <summary>As it is connected.</summary>
    /// <param name="address">Where its provider is.</param>
    public ChannelAccount At(string address) => new(Channel, ExternalId, new Dictionary<string, string>(Config) { [AddressSetting] = address }, Credentials);

    /// <summary>What the emulator is told: who it plays, and where to deliver.</summary>
    public JsonObject Connect(string webhook)
    {
        var told = new JsonObject { ["provider"] = Provider, ["external_id"] = ExternalId, ["name"] = Name, ["webhook_url"] = webhook, ["secret"] = Credentials[SecretSetting] };
        foreach (var (name, value) in Told) told[name] = value;
        return told;
    }

    static DemoAccount Meta(string number, string name, string phone, bool hasBot = false) => new(
        "meta", "whatsapp", number, name, Of(("waba_id", "102290129340398"), ("verify_token", "demo")), Of(("access_token", "demo-token"), ("app_secret", $"demo-secret-{number}")),
        "base_url", "app_secret", Of(("display_phone_number", phone), ("verify_token", "demo")), hasBot);

    static DemoAccount Twilio(string channel, string number, string name, bool hasBot = false) => new(
        "twilio", channel, number, name, Of(("account_sid", "AC00000000000000000000000000000001")), Of(("auth_token", "demo-auth-token")), "base_url", "auth_token", Of(), hasBot);

    static Dictionary<string, string> Of(params (string Name, string Value)[] settings) => settings.ToDictionary(setting => setting.Name, setting => setting.Value);
}
