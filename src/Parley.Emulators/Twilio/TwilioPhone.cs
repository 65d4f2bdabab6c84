using System.Text.Json.Nodes;
using Parley.Emulators.Phone;

namespace Parley.Emulators.Twilio;

/// <summary>WhatsApp and SMS through Twilio on a customer's phone.</summary>
internal sealed class TwilioPhone(TwilioEmulator twilio, TwilioStore store) : IPhoneLine
{
    public IEnumerable<PhoneNumber> List() => store.Numbers().Select(number => new PhoneNumber(number.Address, number.Name, TwilioIds.Plain(number.Address), number.Channel));

    public string? Refuse(string number, string type) =>
        type is "text" or "image" or "video" or "audio" or "document" ? null
        : type == "location" && store.FindNumber(number)?.Channel == "whatsapp" ? null
        : store.FindNumber(number)?.Channel == "sms" ? "An SMS has words and files only." : "Twilio passes this on to nobody.";

    public Task<(string? Id, int? Status)> SayAsync(string number, JsonObject said, PhoneFile? file)
    {
        if (file?.Caption is { } caption) said["text"] = caption;
        return WaitAsync(twilio.SayAsync(store.FindNumber(number)!, said, file is null ? null : (file.MimeType, file.Bytes), wait: true));

        static async Task<(string?, int?)> WaitAsync(Task<(string Sid, int? Status)> saying) => await saying;
    }

    public void Read(string number, string me, PhoneMessage message)
    {
        if (store.Find(message.Id.Split('~')[0]) is { } sent && TwilioIds.IsWhatsApp(sent.To)) twilio.SendStatus(sent, "read", null, TimeSpan.FromMilliseconds(3 * twilio.Faults.StatusDelayMs));
    }

    public (byte[] Bytes, string MimeType)? FindMedia(string id) => store.FindFile(id) is { } file ? (file.Bytes, file.MimeType) : null;
}
