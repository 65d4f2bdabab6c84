using System.Text.Json.Nodes;
using Parley.Emulators.Phone;

namespace Parley.Emulators.Meta;

/// <summary>WhatsApp on a customer's phone.</summary>
internal sealed class MetaPhone(MetaEmulator meta, MetaAccounts accounts, MetaMedia media) : IPhoneLine
{
    public IEnumerable<PhoneNumber> List() => accounts.List().Select(account => new PhoneNumber(account.PhoneNumberId, account.Name, account.DisplayNumber, "whatsapp"));

    public string? Refuse(string number, string type) => null;

    public async Task<(string? Id, int? Status)> SayAsync(string number, JsonObject said, PhoneFile? file)
    {
        if (file is not null) said[file.Type] = meta.Attach(file.Type, file.MimeType, file.Bytes, file.Name, file.Caption, isVoice: file.Type == "audio");
        return await meta.SayAsync(accounts.Find(number)!, said, wait: true);
    }

    public void Read(string number, string me, PhoneMessage message) => meta.SendRead(accounts.Find(number)!, me, message.Id, message.Reference);

    public (byte[] Bytes, string MimeType)? FindMedia(string id) => media.Find(id) is { } file ? (file.Bytes, file.MimeType) : null;
}
