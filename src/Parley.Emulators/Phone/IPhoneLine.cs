using System.Text.Json.Nodes;

namespace Parley.Emulators.Phone;

/// <summary>A business that a customer can write to.</summary>
internal sealed record PhoneNumber(string Id, string Name, string DisplayPhoneNumber, string Channel);

/// <summary>A file from the customer's disk.</summary>
/// <param name="Type">image, video, audio, document or sticker.</param>
internal sealed record PhoneFile(string Type, string MimeType, byte[] Bytes, string? Name, string? Caption);

/// <summary>A provider whose customers the phone page plays.</summary>
internal interface IPhoneLine
{
    /// <summary>Those that somebody has connected.</summary>
    IEnumerable<PhoneNumber> List();

    /// <summary>Null, or why such a message cannot be written there.</summary>
    string? Refuse(string number, string type);

    /// <summary>The message's id, and how its webhook was answered.</summary>
    Task<(string? Id, int? Status)> SayAsync(string number, JsonObject said, PhoneFile? file);

    /// <summary>The phone has shown this message of the business.</summary>
    void Read(string number, string me, PhoneMessage message);

    (byte[] Bytes, string MimeType)? FindMedia(string id);
}

/// <summary>All that can be written to.</summary>
internal sealed class PhoneLines(IEnumerable<IPhoneLine> lines)
{
    public IEnumerable<PhoneNumber> List() => lines.SelectMany(line => line.List());

    public IPhoneLine? Find(string? number) => lines.FirstOrDefault(line => line.List().Any(one => one.Id == number));

    public (byte[] Bytes, string MimeType)? FindMedia(string id) => lines.Select(line => line.FindMedia(id)).FirstOrDefault(found => found is not null);
}
