namespace Parley.Server.Assignments;

/// <summary>Who takes care of a contact.</summary>
/// <param name="UserId">Null when the team has it, and nobody of it yet.</param>
/// <param name="Version">Another one with each change; null when nobody has the contact. Give it back as If-Match.</param>
public sealed record AssignmentView(
    Guid ContactId, Guid? UserId, string? UserName, Guid? TeamId, string? TeamName, string? AssignedBy, Guid? Version, DateTimeOffset? UpdatedAt)
{
    internal static AssignmentView Nobody(Guid contact) => new(contact, null, null, null, null, null, null, null);

    internal static AssignmentView From(AssignmentRow row) => new(row.ContactId, row.UserId, row.UserName, row.TeamId, row.TeamName, row.AssignedBy, row.Version, row.UpdatedAt);

    /// <summary>As one says it.</summary>
    internal string Holder => UserName ?? TeamName ?? "Nobody";
}

internal sealed class AssignmentRow
{
    public Guid ContactId { get; init; }
    public Guid? UserId { get; init; }
    public string? UserName { get; init; }
    public Guid? TeamId { get; init; }
    public string? TeamName { get; init; }
    public string AssignedBy { get; init; } = "";
    public Guid Version { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Whose a contact is: a person's, a team's, both, or nobody's.</summary>
internal readonly record struct Holding(Guid ContactId, Guid? UserId, Guid? TeamId)
{
    public bool IsNobody => UserId is null && TeamId is null;
}

/// <summary>What somebody who changes an assignment saw before.</summary>
/// <param name="IsGiven">False: whatever there is, it is replaced.</param>
/// <param name="Version">Null: nobody had the contact.</param>
internal readonly record struct Seen(bool IsGiven, Guid? Version)
{
    public static Seen Nothing { get; } = new(true, null);

    public bool Matches(AssignmentRow? present) => !IsGiven || Version == present?.Version;
}

/// <summary>What came of it.</summary>
internal abstract record AssignmentOutcome
{
    public sealed record Done(AssignmentView Assignment) : AssignmentOutcome;

    /// <summary>Somebody else was faster; this is how it is now.</summary>
    public sealed record Overtaken(AssignmentView Assignment) : AssignmentOutcome;

    /// <summary>There is no such thing here.</summary>
    public sealed record Missing(string What) : AssignmentOutcome;

    /// <summary>This person cannot take care of anybody.</summary>
    public sealed record Unable(string Why) : AssignmentOutcome;
}
