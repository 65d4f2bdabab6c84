namespace Parley.Channels.Adapters.Twilio;

/// <summary>The words with which people stop and start messages. Twilio acts on them for SMS; on WhatsApp we do
/// (https://help.twilio.com/articles/223134027).</summary>
internal static class TwilioOptOut
{
    static readonly Dictionary<string, string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["STOP"] = "stop", ["STOPALL"] = "stop", ["UNSUBSCRIBE"] = "stop", ["CANCEL"] = "stop", ["END"] = "stop", ["QUIT"] = "stop", ["REVOKE"] = "stop", ["OPTOUT"] = "stop",
        ["START"] = "start", ["YES"] = "start", ["UNSTOP"] = "start",
        ["HELP"] = "help", ["INFO"] = "help",
    };

    /// <summary>stop, start, help, or null. Only a message that is nothing but the word counts; what Twilio itself understood counts more.</summary>
    public static string? Of(string? optOutType, string? body) => optOutType?.ToUpperInvariant() switch
    {
        "STOP" => "stop",
        "START" => "start",
        "HELP" => "help",
        _ => body is not null && Words.TryGetValue(body.Trim(), out var word) ? word : null,
    };
}
