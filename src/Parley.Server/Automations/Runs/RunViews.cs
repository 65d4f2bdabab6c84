using System.Text.Json.Nodes;

namespace Parley.Server.Automations.Runs;

/// <summary>One run of an automation.</summary>
/// <param name="Trigger">What came with the event: the body of a webhook, the data of a call.</param>
/// <param name="CausedBy">The run whose effect it answers to.</param>
/// <param name="Status">queued, running, waiting, succeeded, failed, stopped or cancelled.</param>
/// <param name="Reason">Why it waits, failed or was stopped.</param>
/// <param name="Steps">Null in lists.</param>
public sealed record AutomationRunView(
    Guid Id, Guid AutomationId, string AutomationName, int Version, string TriggerType, JsonNode? Trigger, Guid? ConversationId, Guid? ContactId, string? ContactName, Guid? MessageId, Guid? CausedBy,
    string Status, string? Reason, int NextStep, DateTimeOffset? ResumeAt, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, IReadOnlyList<AutomationStepView>? Steps = null)
{
    internal static AutomationRunView From(RunRow row, IReadOnlyList<StepRow>? steps = null, bool showsUrls = false) => new(
        row.Id, row.AutomationId, row.AutomationName, row.Version, row.TriggerType, JsonNode.Parse(row.Trigger), row.ConversationId, row.ContactId, row.ContactName, row.MessageId, row.CausedBy,
        row.Status, row.Reason, row.NextStep, row.ResumeAt, row.CreatedAt, row.StartedAt, row.FinishedAt, steps is null ? null : [.. steps.Select(step => AutomationStepView.From(step, showsUrls))]);
}

/// <summary>One step of a run.</summary>
/// <param name="Status">running, waiting, succeeded or failed.</param>
/// <param name="Input">What it was about to do, with all variables filled in; whole addresses for admins only.</param>
/// <param name="MessageId">What it sent.</param>
public sealed record AutomationStepView(
    int Position, string Type, string Status, int Attempts, JsonNode? Input, JsonNode? Result, string? Error, Guid? MessageId, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt)
{
    internal static AutomationStepView From(StepRow row, bool showsUrls) => new(
        row.Position, row.Type, row.Status, row.Attempts, HeaderValues.HideUrl(row.Type, row.Input is null ? null : JsonNode.Parse(row.Input), showsUrls), row.Result is null ? null : JsonNode.Parse(row.Result), row.Error, row.MessageId, row.StartedAt, row.FinishedAt);
}

internal sealed class RunRow
{
    public Guid Id { get; init; }
    public Guid AutomationId { get; init; }
    public string AutomationName { get; init; } = "";
    public int Version { get; init; }
    public string TriggerType { get; init; } = "";
    public string Trigger { get; init; } = "{}";
    public Guid? ConversationId { get; init; }
    public Guid? ContactId { get; init; }
    public string? ContactName { get; init; }
    public Guid? MessageId { get; init; }
    public Guid? CausedBy { get; init; }
    public string Status { get; init; } = "";
    public string? Reason { get; init; }
    public int NextStep { get; init; }
    public DateTimeOffset? ResumeAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}

internal sealed class StepRow
{
    public int Position { get; init; }
    public string Type { get; init; } = "";
    public string Status { get; init; } = "";
    public int Attempts { get; init; }
    public string? Input { get; init; }
    public string? Result { get; init; }
    public string? Error { get; init; }
    public Guid? MessageId { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>A run as a worker needs it.</summary>
internal sealed class WorkRow
{
    public Guid Id { get; init; }
    public Guid AutomationId { get; init; }
    public string AutomationName { get; init; } = "";
    public string AutomationStatus { get; init; } = "";
    public byte[]? Credentials { get; init; }
    public string Actions { get; init; } = "[]";
    public string Options { get; init; } = "{}";

    /// <summary>The automation's options of now: how many may run is not a run's own.</summary>
    public string Limits { get; init; } = "{}";
    public string TriggerType { get; init; } = "";
    public string Trigger { get; init; } = "{}";
    public Guid? ConversationId { get; init; }
    public Guid? ContactId { get; init; }
    public Guid? MessageId { get; init; }
    public Guid[] Chain { get; init; } = [];
    public string Status { get; init; } = "";
    public int NextStep { get; init; }
    public DateTimeOffset? ResumeAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public bool IsOver => Status is "succeeded" or "failed" or "stopped" or "cancelled";
}
