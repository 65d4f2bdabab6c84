using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Parley.Emulators.Meta;

/// <summary>One file: uploaded by a business, or sent by a customer.</summary>
internal sealed record StoredMedia(string Id, string? UploadedOn, string MimeType, byte[] Bytes, byte[] Sha256, DateTimeOffset Until)
{
    public string BaseType => MetaMediaRules.BaseType(MimeType);
}

/// <summary>An address to download from: for one token, and not for long.</summary>
internal sealed record MediaTicket(StoredMedia Media, string Bearer, DateTimeOffset Until);

/// <summary>The files, in memory. Ids live as long as Meta's: 30 days from an upload, 7 from a webhook.</summary>
internal sealed class MetaMedia(TimeProvider time)
{
    // Enough to try and to test; beyond it the oldest files go.
    const long Room = 1L << 30;
    static readonly TimeSpan Uploaded = TimeSpan.FromDays(30), Received = TimeSpan.FromDays(7);
    readonly Dictionary<string, StoredMedia> _files = [];
    readonly Queue<string> _oldest = new();
    readonly HashSet<string> _everGiven = [];
    readonly ConcurrentDictionary<string, MediaTicket> _tickets = new();
    readonly Lock _gate = new();
    long _held;

    /// <param name="uploadedOn">The business number that uploaded it; null when a customer sent it.</param>
    public StoredMedia Add(string? uploadedOn, string mimeType, byte[] bytes)
    {
        var id = RandomNumberGenerator.GetInt32(100_000_000, 999_999_999).ToString() + RandomNumberGenerator.GetInt32(1_000_000, 9_999_999);
        var media = new StoredMedia(id, uploadedOn, mimeType, bytes, SHA256.HashData(bytes), time.GetUtcNow() + (uploadedOn is null ? Received : Uploaded));
        lock (_gate)
        {
            _files[id] = media;
            _everGiven.Add(id);
            _oldest.Enqueue(id);
            _held += bytes.Length;
            while (_held > Room && _oldest.TryDequeue(out var old)) Forget(old);
        }
        return media;
    }

    public StoredMedia? Find(string id)
    {
        lock (_gate) return _files.GetValueOrDefault(id) is { } media && media.Until > time.GetUtcNow() ? media : null;
    }

    /// <summary>Whether this was a file's id once, though it may be no more.</summary>
    public bool WasHere(string id)
    {
        lock (_gate) return _everGiven.Contains(id);
    }

    public bool Delete(string id)
    {
        lock (_gate) return Forget(id);
    }

    /// <summary>A new address for this file, to be used with the same token.</summary>
    public string Open(StoredMedia media, string bearer, TimeSpan life)
    {
        var now = time.GetUtcNow();
        if (_tickets.Count > 10_000)
            foreach (var (key, ticket) in _tickets)
                if (ticket.Until < now) _tickets.TryRemove(key, out _);
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        _tickets[token] = new(media, bearer, now + life);
        return token;
    }

    /// <summary>Null when there is no such address, or no more, or its file was deleted.</summary>
    public MediaTicket? Ticket(string token) =>
        _tickets.GetValueOrDefault(token) is { } ticket && ticket.Until > time.GetUtcNow() && Find(ticket.Media.Id) is not null ? ticket : null;

    bool Forget(string id)
    {
        if (!_files.Remove(id, out var media)) return false;
        _held -= media.Bytes.Length;
        return true;
    }
}
