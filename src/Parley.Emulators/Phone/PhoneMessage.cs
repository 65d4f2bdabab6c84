using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Parley.Emulators.Phone;

/// <summary>One message as a customer's phone shows it.</summary>
/// <param name="Rev">Grows with each change of the chat: a page asks for what is newer than what it has.</param>
/// <param name="State">A customer's own: sending, accepted, refused, read. The business's: delivered, read.</param>
internal sealed record PhoneMessage(long Rev, string Id, bool Mine, string Type, JsonNode? Content, DateTimeOffset At, string? ReplyTo, string State)
{
    /// <summary>How the webhook was answered.</summary>
    public int? Status { get; init; }
    public string? MyReaction { get; init; }
    public string? TheirReaction { get; init; }

    /// <summary>What the business wants to hear again in each status.</summary>
    [JsonIgnore]
    public string? Reference { get; init; }
}

/// <summary>What a page does not have yet.</summary>
internal sealed record PhoneView(long Rev, IReadOnlyList<PhoneMessage> Messages, double TypingSeconds);
