using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Parley.Emulators.Twilio;

/// <summary>A number at Twilio, and where its webhooks go.</summary>
/// <param name="Address">As Twilio writes it: whatsapp:+14155238886 or +15557650000.</param>
/// <param name="AuthToken">Signs its webhooks.</param>
internal sealed record TwilioNumber(string Address, string WebhookUrl, string AuthToken, string AccountSid, string Name)
{
    public string Channel => TwilioIds.IsWhatsApp(Address) ? "whatsapp" : "sms";
}

/// <summary>A message in the account's list.</summary>
internal sealed record TwilioMessage(
    string Sid, string AccountSid, string From, string To, string Body, bool IsInbound, string Status, DateTimeOffset At, IReadOnlyList<string> Media)
{
    public DateTimeOffset UpdatedAt { get; init; } = At;
    public DateTimeOffset? SentAt { get; init; }
    public int? ErrorCode { get; init; }
    public string? StatusCallback { get; init; }

    /// <summary>Signs its status callbacks.</summary>
    public string AuthToken { get; init; } = "";
}

internal sealed record TwilioFile(string Sid, string MessageSid, string MimeType, byte[] Bytes);

internal static class TwilioIds
{
    public const string AnyAccount = "AC00000000000000000000000000000001";

    public static string New(string prefix) => prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public static bool IsWhatsApp(string address) => address.StartsWith("whatsapp:", StringComparison.Ordinal);

    public static string Plain(string address) => IsWhatsApp(address) ? address["whatsapp:".Length..] : address;
}

/// <summary>What the account has: numbers, messages in the order in which they came, files.</summary>
internal sealed class TwilioStore
{
    const int Kept = 100_000;
    readonly ConcurrentDictionary<string, TwilioNumber> _numbers = new();
    readonly ConcurrentDictionary<string, TwilioFile> _files = new();
    readonly List<TwilioMessage> _messages = [];
    readonly Dictionary<string, int> _at = [];
    readonly Lock _gate = new();
    int _forgotten;

    public void Connect(TwilioNumber number) => _numbers[number.Address] = number;

    public TwilioNumber? FindNumber(string? address) => address is null ? null : _numbers.GetValueOrDefault(address);

    public IReadOnlyList<TwilioNumber> Numbers() => [.. _numbers.Values.OrderBy(number => number.Name).ThenBy(number => number.Address)];

    public void Add(TwilioMessage message)
    {
        lock (_gate)
        {
            _at[message.Sid] = _forgotten + _messages.Count;
            _messages.Add(message);
            if (_messages.Count <= Kept) return;
            foreach (var old in _messages.Take(Kept / 10)) _at.Remove(old.Sid);
            _messages.RemoveRange(0, Kept / 10);
            _forgotten += Kept / 10;
        }
    }

    public TwilioMessage? Find(string sid)
    {
        lock (_gate) return _at.TryGetValue(sid, out var at) ? _messages[at - _forgotten] : null;
    }

    public void Change(string sid, Func<TwilioMessage, TwilioMessage> change)
    {
        lock (_gate)
            if (_at.TryGetValue(sid, out var at)) _messages[at - _forgotten] = change(_messages[at - _forgotten]);
    }

    /// <summary>The newest first.</summary>
    public IReadOnlyList<TwilioMessage> List(Func<TwilioMessage, bool> claim)
    {
        lock (_gate) return [.. Enumerable.Reverse(_messages).Where(claim)];
    }

    public TwilioFile Keep(string messageSid, string mimeType, byte[] bytes)
    {
        var file = new TwilioFile(TwilioIds.New("ME"), messageSid, mimeType, bytes);
        _files[file.Sid] = file;
        return file;
    }

    public TwilioFile? FindFile(string sid) => _files.GetValueOrDefault(sid);
}
