using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Writes a message in Twilio's fields, and knows what Twilio does not take.</summary>
internal static class TwilioMessageForm
{
    const int LongestText = 1600;
    public const string ReferenceName = "reference";

    /// <summary>The fields of the request, or why there is nothing to send.</summary>
    /// <param name="account">Null for a draft: then a file it carries need not have an address yet.</param>
    public static (List<KeyValuePair<string, string>>? Fields, SendFailure? Failure) Write(OutboundMessage message, ChannelAccount? account)
    {
        if (message.ToIsGroup) return (null, SendFailure.Unsupported.From(null, "Twilio carries no groups."));
        if (message.To.Length == 0 || message.To == TwilioAddresses.Unknown) return (null, SendFailure.RecipientUnreachable.From(null, "Twilio did not tell us who this is."));
        List<KeyValuePair<string, string>> fields;
        try
        {
            if (ContentOf(message, account) is not { } content) return (null, SendFailure.Unsupported);
            fields = content;
        }
        catch (ContentException wrong) { return (null, SendFailure.ContentInvalid.From(null, wrong.Message)); }
        if (account is null) return (fields, null);

        var settings = TwilioSettings.Of(account);
        fields.Add(new("To", TwilioAddresses.Of(message.To, account.Channel)));
        fields.Add(new("From", account.ExternalId));
        if (settings.MessagingServiceSid is { } service) fields.Add(new("MessagingServiceSid", service));
        if (Callback(message, settings) is { } callback) fields.Add(new("StatusCallback", callback));
        return (fields, null);
    }

    /// <summary>Where Twilio tells what becomes of this message. Our reference goes along: that is how a send whose answer was lost is
    /// found again. Twilio itself refuses an address that nobody but this machine can reach (21609): then its list is read instead.</summary>
    static string? Callback(OutboundMessage message, TwilioSettings settings)
    {
        if (message.ReportTo is not { Length: > 0 } to || !Uri.TryCreate(to, UriKind.Absolute, out var address)) return null;
        if (settings.IsTwilioItself && address.IsLoopback) return null;
        return $"{to}{(to.Contains('?') ? '&' : '?')}{ReferenceName}={Uri.EscapeDataString(message.Reference)}";
    }

    static List<KeyValuePair<string, string>>? ContentOf(OutboundMessage message, ChannelAccount? account) => message.Type switch
    {
        "text" => [new("Body", Words(message.Content, "The text"))],
        "image" or "video" or "audio" or "document" or "sticker" => Media(message, account is null),
        "location" => Location(message, account),
        "template" => Template(message),
        _ => null,
    };

    static List<KeyValuePair<string, string>> Media(OutboundMessage message, bool isDraft)
    {
        var fields = new List<KeyValuePair<string, string>>();
        if (message.Media is { } file) fields.Add(new("MediaUrl", file.ProviderId));
        else if (message.Payload?["link"] is JsonValue link) fields.Add(new("MediaUrl", link.ToString()));
        else if (!isDraft) throw new ContentException($"A message of type {message.Type} needs a file.");
        if (!string.IsNullOrWhiteSpace(message.Content)) fields.Add(new("Body", Words(message.Content, "The caption")));
        return fields;
    }

    // WhatsApp shows a pin; an SMS has words only.
    static List<KeyValuePair<string, string>> Location(OutboundMessage message, ChannelAccount? account)
    {
        if (Payloads.Read<FilledLocation>(message.Payload) is not { Latitude: >= -90 and <= 90, Longitude: >= -180 and <= 180 } place || message.Payload!["latitude"] is null)
            throw new ContentException("A location needs latitude (-90 to 90) and longitude (-180 to 180).");
        var at = string.Create(CultureInfo.InvariantCulture, $"{place.Latitude},{place.Longitude}");
        var label = string.Join(", ", new[] { place.Name, place.Address }.Where(part => !string.IsNullOrWhiteSpace(part)));
        if (account?.Channel == "sms") return [new("Body", Words($"{label}\nhttps://maps.google.com/?q={at}".TrimStart(), "The place"))];
        return [new("Body", Words(place.Name ?? place.Address ?? at, "The place")), new("PersistentAction", StorableText.Clean($"geo:{at}{(label.Length == 0 ? "" : $"|{label}")}"))];
    }

    static List<KeyValuePair<string, string>> Template(OutboundMessage message)
    {
        if (Payloads.Read<FilledTemplate>(message.Payload) is not { } template) throw new ContentException("A template needs its name and language.");
        if (template.Id is not { Length: > 0 } id) throw new ContentException("This template has no ContentSid. Read the templates again, then send it anew.");
        var variables = new JsonObject();
        for (var n = 0; n < template.Body.Count; n++) variables[template.Body[n].Name ?? $"{n + 1}"] = StorableText.Clean(template.Body[n].Value);
        var fields = new List<KeyValuePair<string, string>> { new("ContentSid", id) };
        if (variables.Count > 0) fields.Add(new("ContentVariables", variables.ToJsonString()));
        return fields;
    }

    static string Words(string? text, string what) =>
        string.IsNullOrWhiteSpace(text) ? throw new ContentException($"{what} is empty.")
        : text.Length > LongestText ? throw new ContentException($"{what} has {text.Length:N0} characters; Twilio takes {LongestText:N0}.")
        : StorableText.Clean(text);
}
