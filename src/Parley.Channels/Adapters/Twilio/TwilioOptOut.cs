namespace Parley.Channels.Adapters.Twilio;

/// <summary>The words with which people stop and start messages. Twilio acts on them for SMS (https://help.twilio.com/articles/223134027).
/// On WhatsApp it does not, unless Advanced Opt-Out says so in OptOutType; there, where people answer "yes" and "cancel" in a chat, only words
/// that mean nothing else count.</summary>
internal static class TwilioOptOut
{
    static readonly Dictionary<string, string> WhatsAppWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["STOP"] = "stop", ["STOPALL"] = "stop", ["UNSUBSCRIBE"] = "stop", ["OPTOUT"] = "stop", ["START"] = "start", ["UNSTOP"] = "start",
    };

    static readonly Dictionary<string, string> SmsWords = new(WhatsAppWords, StringComparer.OrdinalIgnoreCase)
    {
        ["CANCEL"] = "stop", ["END"] = "stop", ["QUIT"] = "stop", ["REVOKE"] = "stop", ["YES"] = "start", ["HELP"] = "help", ["INFO"] = "help",
    };

    /// <summary>stop, start, help, or null. Only a message that is nothing but the word counts; what Twilio itself understood counts more.</summary>
    /// <param name="from">The writer's address as Twilio gives it.</param>
    public static string? Of(string? optOutType, string? from, string? body) => optOutType?.ToUpperInvariant() switch
    {
        "STOP" => "stop",
        "START" => "start",
        "HELP" => "help",
        _ => body is not null && (TwilioAddresses.IsWhatsApp(from) ? WhatsAppWords : SmsWords).TryGetValue(body.Trim(), out var word) ? word : null,
    };
}
