using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Writes a message as the form that Unipile takes, into a chat or to begin one, and knows what it cannot carry.</summary>
internal static class UnipileMessageForm
{
    /// <summary>Null when the message can be sent; otherwise why not.</summary>
    /// <param name="isDraft">True while the file it carries need not be at hand.</param>
    public static SendFailure? Complaint(OutboundMessage message, bool isDraft)
    {
        var isFile = message.Type is "image" or "video" or "audio" or "document";
        if (message.Type == "reaction") return ReactionComplaint(message);
        if (!isFile && message.Type != "text") return SendFailure.Unsupported;
        if (!isFile && string.IsNullOrWhiteSpace(message.Content)) return SendFailure.ContentInvalid.From(null, "The text is empty.");
        if (isFile && message.File is null && message.Payload?["link"] is not null) return SendFailure.Unsupported.From(null, "Unipile takes files, not links to files.");
        if (isFile && !isDraft && message.File is null) return SendFailure.ContentInvalid.From(null, $"A message of type {message.Type} needs a file.");
        if (message.File is { } file && UnipileMedia.Complaint(file.Kind, file.Size) is { } words) return SendFailure.ContentInvalid.From(null, words);
        if (message.ThreadId is not null) return null;
        if (message.ToIsGroup) return SendFailure.RecipientUnreachable.From(null, "The group's chat is not known yet. Sync the account.");
        return message.To is "" or UnipilePeople.Unknown ? SendFailure.RecipientUnreachable.From(null, "The network did not tell us who this is.") : null;
    }

    static SendFailure? ReactionComplaint(OutboundMessage message) =>
        Reaction(message) switch
        {
            (null, _) => SendFailure.ContentInvalid.From(null, "A reaction needs the message it is about."),
            (_, "") => SendFailure.Unsupported.From(null, "Unipile cannot take a reaction back."),
            _ => null,
        };

    /// <summary>The reacted-to message and the emoji, from the payload or as reply and content.</summary>
    public static (string? Target, string Emoji) Reaction(OutboundMessage message) => (
        message.Payload?["message_id"]?.ToString() ?? message.ReplyToExternalId,
        StorableText.Clean(message.Payload?["emoji"]?.ToString() ?? message.Content ?? ""));

    /// <param name="file">The message's file, open.</param>
    public static MultipartFormDataContent Write(OutboundMessage message, ChannelAccount account, Stream? file)
    {
        // A guard in a chat (it fails if the chat is another account's), a must where one begins.
        var form = new MultipartFormDataContent { Part("account_id", account.ExternalId) };
        if (message.ThreadId is null)
        {
            form.Add(Part("attendees_ids", UnipilePeople.ProviderId(account.Channel, message.To)));
            if (message.Payload?["subject"]?.ToString() is { Length: > 0 } subject) form.Add(Part("subject", subject));
            // What LinkedIn wants to know of a first message: {"api":"recruiter","inmail":true}.
            if (message.Payload?["linkedin"] is JsonObject options)
                foreach (var (name, value) in options)
                    if (value is JsonValue && name.All(letter => char.IsAsciiLetterLower(letter) || letter == '_')) form.Add(Part($"linkedin[{name}]", value.ToString()));
        }
        else if (message.ReplyToExternalId is { } answered) form.Add(Part("quote_id", answered));

        if (!string.IsNullOrWhiteSpace(message.Content)) form.Add(Part("text", message.Content));
        if (file is not null) form.Add(FilePart(message, account, file));
        return form;
    }

    // .NET writes names without quotes, which not every parser of forms takes.
    static StringContent Part(string name, string value) => new(StorableText.Clean(value), Encoding.UTF8)
    {
        Headers = { ContentType = null, ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = $"\"{name}\"" } },
    };

    static StreamContent FilePart(OutboundMessage message, ChannelAccount account, Stream bytes)
    {
        var file = message.File!;
        var part = new StreamContent(bytes);
        part.Headers.ContentType = MediaTypeHeaderValue.TryParse(file.MimeType, out var type) ? type : new("application/octet-stream");
        part.Headers.ContentLength = file.Size;
        var given = new string([.. StorableText.Clean(file.FileName ?? "").Where(letter => !char.IsControl(letter) && letter is not ('"' or '\\' or '/'))]);
        var ascii = new string([.. given.Select(letter => char.IsAscii(letter) ? letter : '_')]);
        part.Headers.ContentDisposition = new("form-data")
        {
            Name = $"\"{(IsVoiceMessage(message, account) ? "voice_message" : "attachments")}\"",
            FileName = $"\"{(ascii.Length == 0 ? "file" : ascii)}\"",
        };
        if (ascii != given) part.Headers.ContentDisposition.FileNameStar = given;
        return part;
    }

    // The others show a voice message from an ordinary attachment.
    static bool IsVoiceMessage(OutboundMessage message, ChannelAccount account) =>
        message.Type == "audio" && account.Channel is ("whatsapp" or "linkedin") && message.Payload?["voice"] is JsonValue voice && voice.ToString() == "true"
        && message.File!.MimeType.Split(';')[0] is ("audio/mp4" or "audio/m4a" or "audio/x-m4a" or "audio/mpeg" or "audio/mp3");
}
