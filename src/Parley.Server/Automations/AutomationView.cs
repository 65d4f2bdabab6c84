using System.Text.Json.Nodes;
using Parley.Server.Automations.Conditions;

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
            SentenceOf(trigger, conditions, actions), row.StatusReason, row.Executions, row.Successes, row.Failures, row.LastTriggeredAt, row.NextAt, row.Author, row.CreatedAt, row.UpdatedAt);
    }

    static string SentenceOf(AutomationTrigger trigger, AutomationConditions conditions, IReadOnlyList<AutomationAction> actions)
    {
        var ready = (conditions.Items ?? []).Select(item => Condition.Read(item).Condition).OfType<Condition>().Select(condition => condition.Words).ToList();
        var condition = ready.Count == 0 ? "" : $", and {string.Join(conditions.Match == "any" ? " or " : " and ", ready)}";
        return $"When {When(trigger)}{condition}: {string.Join(", then ", actions.Select(Do))}.";
    }

    static string When(AutomationTrigger trigger) => trigger.Type switch
    {
        TriggerTypes.MessageReceived => "a customer writes",
        TriggerTypes.MessageFailed => "a message fails",
        TriggerTypes.ConversationOpened => "a conversation is opened",
        TriggerTypes.ConversationClosed => "a conversation is closed",
        TriggerTypes.ContactCreated => "a contact is new",
        TriggerTypes.LabelAdded => "a label is put on",
        TriggerTypes.NoReply => $"nobody has answered for {trigger.Config.Number("minutes")} minutes",
        TriggerTypes.Schedule => $"the clock says {trigger.Config.Text("cron")}",
        TriggerTypes.Webhook => "its address is called",
        TriggerTypes.Manual => "somebody starts it",
        _ => "a program starts it",
    };

    static string Do(AutomationAction action) => action.Type switch
    {
        "send_message" => $"send “{Short(action.Config.Text("text"))}”",
        "send_template" => $"send the template {action.Config.Text("name")}",
        "update_contact" => "change the contact",
        "http_request" => $"call {(Uri.TryCreate(action.Config.Text("url"), UriKind.Absolute, out var url) ? url.Host : "an address")}",
        "assign" => "assign the contact",
        "label" => "put on a label",
        "unlabel" => "take off a label",
        "note" => "write a note",
        "start_bot" => "let the bot answer",
        "stop_bot" => "pause the bot",
        "close" => "close the conversation",
        _ => $"wait {(action.Config.Number("minutes") is { } minutes ? $"{minutes} minutes" : $"{action.Config.Number("seconds")} seconds")}",
    };

    static string Short(string? text) => text is { Length: > 60 } ? text[..60] + "…" : text ?? "";
}

/// <param name="WebhookUrl">With its secret, which is shown this once; null for other triggers.</param>
public sealed record AutomationWithSecret(AutomationView Automation, string? WebhookUrl);

/// <summary>Whom a run is about, and what it is given.</summary>
/// <param name="Data">For the steps: {{trigger.data.x}}.</param>
public sealed record StartAutomation(Guid? ConversationId = null, Guid? ContactId = null, JsonObject? Data = null);
