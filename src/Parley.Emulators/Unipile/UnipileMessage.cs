using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>Somebody in a chat; the connected user is one, too.</summary>
internal sealed record UnipilePerson(string Id, string AccountId, string ProviderId, string Name, string? PublicIdentifier, bool IsSelf = false)
{
    /// <summary>Added to what REST says of this person.</summary>
    public JsonObject? Extra { get; init; }
}

/// <summary>A file, or what else hangs on a message.</summary>
/// <param name="Type">img, video, audio, file, or one that no client has heard of.</param>
internal sealed record UnipileAttachment(string Id, string Type, string? MimeType)
{
    public string? FileName { get; init; }
    public int Width { get; init; }
    public int Height { get; init; }
    public bool Flag { get; init; }   // sticker, gif, voice_note
    public double? Duration { get; init; }
    public bool Unavailable { get; init; }

    /// <summary>The file; null when it is made each time it is asked for.</summary>
    public byte[]? Bytes { get; init; }
    public int Size { get; init; }

    /// <summary>Written as it is, instead of all of this.</summary>
    public JsonObject? Raw { get; init; }
}

internal sealed record UnipileReaction(string Value, string SenderId, bool IsSender);

/// <summary>One message, as the store has it. Times are milliseconds since 1970.</summary>
internal sealed record UnipileMessage(string Id, UnipileChat Chat, string ProviderId, UnipilePerson Sender, string? Text, long At)
{
    public IReadOnlyList<UnipileAttachment> Attachments { get; init; } = [];
    public IReadOnlyList<UnipileReaction> Reactions { get; init; } = [];
    public bool Seen { get; init; }

    /// <summary>Provider's user id → true, or a time.</summary>
    public IReadOnlyDictionary<string, long?> SeenBy { get; init; } = Nobody;
    public bool Delivered { get; init; } = true;
    public bool Hidden { get; init; }
    public bool Deleted { get; init; }
    public bool Edited { get; init; }
    public int? EventType { get; init; }
    public UnipileMessage? Quoted { get; init; }
    public bool IsForwarded { get; init; }

    /// <summary>Members that overrule what REST and webhooks say of this message.</summary>
    public JsonObject? Extra { get; init; }

    public bool IsSender => Sender.IsSelf;

    public UnipilePosition Position => new(At, Id);

    static readonly IReadOnlyDictionary<string, long?> Nobody = new Dictionary<string, long?>();
}

/// <summary>A place in a list that is sorted newest first: what comes after it is smaller. No time is smaller than any.</summary>
internal readonly record struct UnipilePosition(long? At, string Id) : IComparable<UnipilePosition>
{
    public int CompareTo(UnipilePosition other) =>
        At == other.At ? string.CompareOrdinal(Id, other.Id) : (At ?? long.MinValue).CompareTo(other.At ?? long.MinValue);
}
