using System.Text.RegularExpressions;
using Parley.Server.Automations.Conditions;

namespace Parley.Server.Automations;

/// <summary>What an automation does, as one reads it. The page says it in the same words, with the names of labels, accounts and people, also while somebody still writes it
/// (<c>web/src/automations/definition.ts</c>); <c>sentences.json</c> beside it is a table that both are tested with.</summary>
internal static partial class AutomationSentence
{
    public static string Of(AutomationTrigger trigger, AutomationConditions conditions, IReadOnlyList<AutomationAction> actions)
    {
        var ready = (conditions.Items ?? []).Select(item => Condition.Read(item).Condition).OfType<Condition>().Select(condition => condition.Words).ToList();
        var only = ready.Count == 0 ? "" : $", if {string.Join(conditions.Match == "any" ? " or " : " and ", ready)}";
        return $"When {When(trigger)}{only}: {string.Join(", then ", actions.Select(Do))}.";
    }

    static string When(AutomationTrigger trigger) => trigger.Type switch
    {
        TriggerTypes.MessageReceived => "a customer writes",
        TriggerTypes.MessageFailed => "a message could not be sent",
        TriggerTypes.ConversationOpened => "a conversation is opened",
        TriggerTypes.ConversationClosed => "a conversation is closed",
        TriggerTypes.ContactCreated => "there is a new contact",
        TriggerTypes.LabelAdded => "a label is put on",
        TriggerTypes.NoReply => $"nobody answers for {Duration(trigger.Config.Number("minutes") ?? 0)}",
        TriggerTypes.Schedule => $"it is time ({trigger.Config.Text("cron")})",
        TriggerTypes.Webhook => "another program calls",
        TriggerTypes.Manual => "somebody runs it",
        _ => "a program runs it",
    };

    static string Do(AutomationAction action) => action.Type switch
    {
        "send_message" => $"send a message “{Short(action.Config.Text("text"))}”",
        "send_template" => $"send a template “{action.Config.Text("name")}”",
        "update_contact" => "change the contact",
        "http_request" => $"call another system at {(Host().Match(action.Config.Text("url") ?? "") is { Success: true } host ? host.Groups[1].Value : Short(action.Config.Text("url")))}",
        "assign" => action.Config.Text("user_id") is null && action.Config.Text("team_id") is null ? "assign it to nobody" : "assign it",
        "label" => "put on a label",
        "unlabel" => "take off a label",
        "note" => $"write a note “{Short(action.Config.Text("text"))}”",
        "start_bot" => "let the bot answer",
        "stop_bot" => "stop the bot",
        "close" => "close the conversation",
        _ => $"wait {(action.Config.Number("seconds") is > 0 and var seconds ? $"{seconds} seconds" : Duration(action.Config.Number("minutes") ?? 0))}",
    };

    static string Duration(int minutes) =>
        minutes > 0 && minutes % 1440 == 0 ? $"{minutes / 1440} {(minutes == 1440 ? "day" : "days")}"
        : minutes > 0 && minutes % 60 == 0 ? $"{minutes / 60} {(minutes == 60 ? "hour" : "hours")}"
        : $"{minutes} {(minutes == 1 ? "minute" : "minutes")}";

    static string Short(string? text)
    {
        var line = Space().Replace(text ?? "", " ");
        return line.Length > 40 ? line[..39] + "…" : line;
    }

    [GeneratedRegex(@"^https?://([^/?#\s]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Host();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
