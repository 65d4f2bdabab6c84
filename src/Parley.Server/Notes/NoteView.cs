using System.Text.RegularExpressions;

namespace Parley.Server.Notes;

/// <summary>What somebody of the team wrote about a contact. Customers never see it.</summary>
/// <param name="Type">public (for the team) or private (for its author and admins).</param>
/// <param name="Content">Markdown. "@[Ana](user:&lt;id&gt;)" names a colleague, who is told.</param>
/// <param name="Version">1 when it was never changed.</param>
public sealed record NoteView(
    Guid Id, Guid ContactId, Guid? ConversationId, Guid? UserId, string Author, string? UserName, string Type, string Content, int Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal static NoteView From(NoteRow row) => new(
        row.Id, row.ContactId, row.ConversationId, row.UserId, row.Author, row.UserName, row.Type, row.Content, row.Version, row.CreatedAt, row.UpdatedAt);
}

/// <summary>What a note said once.</summary>
public sealed record NoteVersionView(int Version, string Type, string Content, string Author, DateTimeOffset CreatedAt);

/// <summary>Somebody named you in a note, or something of the organisation's needs an admin.</summary>
/// <param name="Kind">mention (with the note and the contact), or webhook_disabled.</param>
/// <param name="Preview">The beginning of the note, or what is to be known.</param>
public sealed record NotificationView(
    Guid Id, string Kind, Guid? NoteId, Guid? ContactId, Guid? ConversationId, string? ContactName, Guid? FromUserId, string? FromName, string Preview, DateTimeOffset CreatedAt, DateTimeOffset? ReadAt);

internal sealed class NoteRow
{
    public Guid Id { get; init; }
    public Guid ContactId { get; init; }
    public Guid? ConversationId { get; init; }
    public Guid? UserId { get; init; }
    public string Author { get; init; } = "";
    public string? UserName { get; init; }
    public string Type { get; init; } = "";
    public string Content { get; init; } = "";
    public int Version { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Who is named in a note.</summary>
internal static partial class Mentions
{
    const int Most = 50;

    public static Guid[] In(string content) => [.. Mention().Matches(content).Select(match => Guid.Parse(match.Groups[1].ValueSpan)).Distinct().Take(Most)];

    [GeneratedRegex(@"@\[[^\[\]\r\n]{1,150}\]\(user:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\)")]
    private static partial Regex Mention();
}
