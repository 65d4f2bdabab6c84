using System.Text.Json.Nodes;
using Parley.Emulators.Phone;

namespace Parley.Emulators.Unipile;

/// <summary>Instagram and its siblings on a customer's phone. There are texts, files, replies and reactions, and no places, cards or buttons.</summary>
internal sealed class UnipilePhone(UnipileStore store, UnipileEmulator unipile, UnipileWebhooks webhooks) : IPhoneLine
{
    const string Jid = "@s.whatsapp.net";

    public IEnumerable<PhoneNumber> List() =>
        store.Accounts().Where(account => webhooks.IsHeard(account.Id)).Select(account => new PhoneNumber(account.Id, account.Name, account.Username, account.Type.ToLowerInvariant()));

    public string? Refuse(string number, string type) =>
        type is "text" or "reaction" or "image" or "video" or "audio" or "document" ? null : $"{store.FindAccount(number)?.Name} cannot receive this on {store.FindAccount(number)?.Type}.";

    public async Task<(string? Id, int? Status)> SayAsync(string number, JsonObject said, PhoneFile? file)
    {
        var account = store.FindAccount(number)!;
        if (said.Text("type") == "reaction")
        {
            if (store.FindMessage(said["reaction"].Text("message_id") ?? "") is not var (message, place)) return (null, null);
            said["emoji"] = said["reaction"].Text("emoji") ?? "";
            var (after, answered) = await unipile.ActAsync("reaction", message, place, said);
            return (after.Id, answered);
        }
        if (file is not null)
        {
            said["media"] = new JsonObject { ["base64"] = Convert.ToBase64String(file.Bytes), ["mime_type"] = file.MimeType, ["file_name"] = file.Name, ["voice"] = file.Type == "audio" };
            if (file.Caption is not null) said["text"] = file.Caption;
        }
        var (written, status) = await unipile.SayAsync(account, said, null);
        return (written?.Id, status);
    }

    public void Read(string number, string me, PhoneMessage message)
    {
        if (store.FindMessage(message.Id) is var (found, place)) _ = unipile.ActAsync("read", found, place, []);
    }

    public (byte[] Bytes, string MimeType)? FindMedia(string id) =>
        id.Split('~') is [var messageId, var number] && int.TryParse(number, out var at) && store.FindMessage(messageId) is var (message, _) && message.Attachments.ElementAtOrDefault(at) is { } attachment
        && UnipileFiles.Bytes(attachment) is { } bytes ? (bytes, attachment.MimeType ?? "application/octet-stream") : null;

    /// <summary>Whose phone shows this chat; null for groups.</summary>
    public static string? PersonOf(UnipileChat chat) => chat.Type == 0 && chat.People is [var other, ..] ? other.ProviderId.Replace(Jid, "") : null;

    /// <summary>The bubbles of one message: each file has its own, and the text stands under the first.</summary>
    public static IEnumerable<PhoneMessage> Bubbles(UnipileMessage message)
    {
        var (at, state) = (DateTimeOffset.FromUnixTimeMilliseconds(message.At), message.IsSender ? "delivered" : "sending");
        if (message.Attachments.Count == 0) yield return new(0, message.Id, !message.IsSender, "text", new JsonObject { ["body"] = message.Text ?? "" }, at, message.Quoted?.Id, state);
        for (var i = 0; i < message.Attachments.Count; i++)
        {
            var attachment = message.Attachments[i];
            var content = new JsonObject { ["id"] = $"{message.Id}~{i}", ["filename"] = attachment.FileName, ["caption"] = i == 0 ? message.Text : null };
            var type = attachment.Type switch { "img" => "image", "video" => "video", "audio" => "audio", _ => "document" };
            yield return new(0, i == 0 ? message.Id : $"{message.Id}~{i}", !message.IsSender, type, content, at, message.Quoted?.Id, state);
        }
    }
}
