namespace Parley.Channels.Adapters.Twilio;

/// <summary>Twilio writes whatsapp:+5511987654321 for WhatsApp and +5511987654321 for SMS, on both sides.</summary>
internal static class TwilioAddresses
{
    const string WhatsApp = "whatsapp:";

    /// <summary>Stands for a writer whom Twilio did not name, so that the message is shown and not lost.</summary>
    public const string Unknown = "unknown";

    /// <summary>"+E.164" for a number; short codes, names and WhatsApp's ids of people without a number as given.</summary>
    public static string? Handle(string? address)
    {
        if (StorableText.Id(address) is not { } text) return null;
        if (text.StartsWith(WhatsApp, StringComparison.OrdinalIgnoreCase)) text = text[WhatsApp.Length..];
        text = text.Trim();
        if (text.Length == 0) return null;
        var digits = text.AsSpan().TrimStart('+');
        var isNumber = digits.Length is >= 7 and <= 15 && !digits.ContainsAnyExceptInRange('0', '9');
        return isNumber ? $"+{digits}" : text;
    }

    public static bool IsWhatsApp(string? address) => address?.TrimStart().StartsWith(WhatsApp, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>A handle as Twilio wants to be told it.</summary>
    public static string Of(string handle, string channel) => channel == "whatsapp" ? WhatsApp + handle : handle;

    /// <summary>Our own number or name as Twilio's webhooks write it; null when it is none.</summary>
    public static string? Account(string channel, string given)
    {
        var text = given.Trim();
        var isPrefixed = text.StartsWith(WhatsApp, StringComparison.OrdinalIgnoreCase);
        if (isPrefixed) text = text[WhatsApp.Length..];
        if (channel == "whatsapp") return PhoneNumbers.Normalise(text) is { } number ? WhatsApp + number : null;
        if (isPrefixed) return null;
        return IsShortCode(text) || IsName(text) ? text : PhoneNumbers.Normalise(text);
    }

    static bool IsShortCode(string text) => text.Length is >= 3 and <= 6 && text.All(char.IsAsciiDigit);

    static bool IsName(string text) => text.Length is >= 1 and <= 11 && text.Any(char.IsAsciiLetter) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '-' or '_' or '&' or '+');
}
