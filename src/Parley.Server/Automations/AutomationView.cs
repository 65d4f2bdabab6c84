using System.Text.Json.Nodes;

namespace Parley.Server.Automations;

/// <summary>An automation.</summary>
/// <param name="Status">draft, active or paused.</param>
/// <param name="Version">Grows with each change of what it does.</param>
/// <param name="Actions">Its steps; values of headers are hidden, and what is shown in their place can be sent back.</param>
/// <param name="Sentence">The same as one reads it.</param>
/// <param name="StatusReason">What admins should look at; null when all is well.</param>
/// <param name="ExecutionCount">Runs that began; those that were stopped do not count.</param>
/// <param name="NextAt">When a schedule comes next.</param>
public sealed record AutomationView(
    Guid Id, string Name, string? Description, string Status, int Version, AutomationTrigger Trigger, AutomationConditions Conditions, IReadOnlyList<AutomationAction> Actions, AutomationOptions Options, string Sentence,
    string? StatusReason, long ExecutionCount, long SuccessCount, long FailureCount, DateTimeOffset? LastTriggeredAt, DateTimeOffset? NextAt, string Author, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    internal static AutomationView From(AutomationRow row, bool showsUrls)
    {
        var (trigger, conditions, actions) = (row.Trigger, DefinitionJson.Read<AutomationConditions>(row.Conditions), DefinitionJson.Read<List<AutomationAction>>(row.Actions));
        return new(row.Id, row.Name, row.Description, row.Status, row.Version, trigger, new(conditions.Match ?? "all", conditions.Items ?? []),
            HeaderValues.Hide([.. actions.Select(action => action with { Config = action.Config ?? [], OnError = action.OnError ?? "stop" })], showsUrls), DefinitionJson.Read<AutomationOptions>(row.Options),
            AutomationSentence.Of(trigger, conditions, actions), row.StatusReason, row.Executions, row.Successes, row.Failures, row.LastTriggeredAt, row.NextAt, row.Author, row.CreatedAt, row.UpdatedAt);
    }
}

/// <param name="WebhookUrl">With its secret, which is shown this once; null for other triggers.</param>
public sealed record AutomationWithSecret(AutomationView Automation, string? WebhookUrl);

/// <summary>Whom a run is about, and what it is given.</summary>
/// <param name="Data">For the steps: {{trigger.data.x}}.</param>
public sealed record StartAutomation(Guid? ConversationId = null, Guid? ContactId = null, JsonObject? Data = null);
