using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Automations.Conditions;
using Parley.Server.Automations.Steps;
using Parley.Server.Automations.Triggers;
using Parley.Server.Contacts;
using Parley.Server.Egress;
using Parley.Server.Platform.Http;
using Parley.Server.Scheduling;

namespace Parley.Server.Automations;

/// <summary>Whether a definition can be kept, in words for each part.</summary>
internal static class AutomationForm
{
    const int MostSteps = 20, MostConditions = 20, LargestPart = 64_000;
    static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    static readonly string[] Steps = ["send_message", "send_template", "update_contact", "http_request", "assign", "label", "unlabel", "note", "start_bot", "stop_bot", "close", "wait"];

    /// <param name="isNew">Name, trigger and steps must be there.</param>
    public static ValidationProblem? Wrong(AutomationDefinition given, bool isNew)
    {
        var wrong = new Dictionary<string, string[]>();
        if (given.Name is null ? isNew : string.IsNullOrWhiteSpace(given.Name)) Say("name", "It is missing.");
        else if (given.Name is { } name && Texts.Wrong(name.Trim(), 100) is { } unfit) Say("name", unfit);
        if (given.Description is { } description && Texts.Wrong(description, 2000) is { } unfitting) Say("description", unfitting);
        if (given.Status is not (null or "draft" or "active" or "paused") || isNew && given.Status == "paused") Say("status", isNew ? "It must be draft or active." : "It must be draft, active or paused.");
        if (given.Trigger is null && isNew) Say("trigger", "It is missing.");
        if (given.Trigger is { } trigger && TriggerProblem(trigger) is { } bad) Say("trigger", bad);
        if (given.Conditions is { } conditions) ConditionProblems(conditions, Say);
        if (given.Actions is null && isNew) Say("actions", "There is nothing to do: add a step.");
        if (given.Actions is { } actions) ActionProblems(actions, Say);
        if (given.Options is { } options && OptionProblem(options) is { } odd) Say("options", odd);
        return wrong.Count == 0 ? null : TypedResults.ValidationProblem(wrong);

        void Say(string field, string sentence) => wrong.TryAdd(field, [sentence]);
    }

    static string? TriggerProblem(AutomationTrigger trigger)
    {
        if (!TriggerTypes.All.Contains(trigger.Type)) return $"type must be one of {string.Join(", ", TriggerTypes.All)}.";
        var config = trigger.Config ?? [];
        if (Texts.Wrong(config, LargestPart) is { } unfit) return unfit;
        return trigger.Type switch
        {
            TriggerTypes.Schedule when Cron.Parse(config.Text("cron")) is not { } => "config.cron must have five fields: minute, hour, day of the month, month, day of the week. 0 9 * * mon-fri is nine o'clock on weekdays.",
            TriggerTypes.Schedule when Cron.Parse(config.Text("cron")) is { NeverComes: true } => "config.cron never comes: no month that it names has such a day, as February has no 30th.",
            TriggerTypes.Schedule when config.Text("time_zone") is { } zone && Schedule.FindZone(zone) is null => "config.time_zone must be a time zone such as America/Sao_Paulo.",
            TriggerTypes.Schedule when config.Text("missed") is not (null or "once" or "skip") => "config.missed must be once or skip.",
            TriggerTypes.NoReply when config.Number("minutes") is not (>= 1 and <= 10_080) => "config.minutes must be from 1 to 10080 (a week).",
            TriggerTypes.LabelAdded when config["label_id"] is not null && config.Id("label_id") is null => "config.label_id must be the id of a label.",
            TriggerTypes.Webhook when config["contact"] is { } contact && (contact is not JsonObject who || who.Text("by") is not ("phone" or "email" or "external_ref") || who.Text("value") is null) => "config.contact must have by (phone, email or external_ref) and value.",
            _ => null,
        };
    }

    static void ConditionProblems(AutomationConditions conditions, Action<string, string> say)
    {
        if (conditions.Match is not (null or "all" or "any")) say("conditions.match", "It must be all or any.");
        var items = conditions.Items ?? [];
        if (items.Count > MostConditions) say("conditions.items", $"At most {MostConditions} are possible.");
        for (var i = 0; i < Math.Min(items.Count, MostConditions); i++)
            if (items[i] is null || Texts.Wrong(items[i], LargestPart) is not null) say($"conditions.items.{i}", "It cannot be read.");
            else if (Condition.Read(items[i]).Wrong is { } unfit) say($"conditions.items.{i}", unfit);
            // Asked here alone: those that were kept before go on.
            else if (items[i].Text("op") == "regex" && items[i].Texts("values").Count > Patterns.MostOfACondition) say($"conditions.items.{i}", $"One condition may have {Patterns.MostOfACondition} patterns.");
    }

    static void ActionProblems(IReadOnlyList<AutomationAction> actions, Action<string, string> say)
    {
        if (actions.Count is 0 or > MostSteps) say("actions", actions.Count == 0 ? "There is nothing to do: add a step." : $"At most {MostSteps} steps are possible.");
        for (var i = 0; i < Math.Min(actions.Count, MostSteps); i++)
        {
            if (actions[i] is not { } action || !Steps.Contains(action.Type)) say($"actions.{i}", $"type must be one of {string.Join(", ", Steps)}.");
            else if (action.OnError is not (null or "stop" or "continue")) say($"actions.{i}", "on_error must be stop or continue.");
            else if (ActionProblem(action.Type!, action.Config ?? []) is { } unfit) say($"actions.{i}", unfit);
        }
    }

    static string? ActionProblem(string type, JsonObject config)
    {
        if (Texts.Wrong(config, LargestPart) is { } unfit) return unfit;
        if (TextTemplate.UnknownIn(DefinitionJson.Write(config), StepContext.Roots).FirstOrDefault() is { } unknown) return $"There is no variable {{{{{unknown}}}}}. Variables begin with {string.Join(", ", StepContext.Roots)}.";
        if (config["to"] is not null && type.StartsWith("send_", StringComparison.Ordinal) && (config.Text("to") is null || config.Id("integration_id") is null)) return "to goes with integration_id, the account that it shall write from.";
        switch (type)
        {
            case "send_message" when string.IsNullOrWhiteSpace(config.Text("text")): return "config.text is missing: there is nothing to send.";
            case "send_template" when string.IsNullOrWhiteSpace(config.Text("name")): return "config.name is missing: the template's name.";
            case "note" when string.IsNullOrWhiteSpace(config.Text("text")): return "config.text is missing: there is nothing to write.";
            case "note" when config.Text("type") is not (null or "public" or "private"): return "config.type must be public or private.";
            case "label" or "unlabel" when config.Id("label_id") is null: return "config.label_id is missing: the id of a label.";
            case "label" or "unlabel" when config.Text("on") is not (null or "conversation" or "contact"): return "config.on must be conversation or contact.";
            case "assign" when config["user_id"] is not null && config.Id("user_id") is null || config["team_id"] is not null && config.Id("team_id") is null: return "config.user_id and config.team_id must be ids.";
            case "wait" when (config.Number("minutes") ?? 0) is < 0 or > 129_600 || (config.Number("seconds") ?? 0) is < 0 or > 86_400 || (config.Number("minutes") ?? 0) + (config.Number("seconds") ?? 0) == 0: return "config.minutes (up to 129600, which is ninety days) or config.seconds (up to a day) is missing.";
            case "update_contact":
                if (config["fields"] is not JsonObject { Count: > 0 } fields) return "config.fields is missing: what shall be set.";
                // Texts with variables are checked when they are filled in.
                var (_, wrong) = ContactFields.Read(new JsonObject(fields.Where(field => field.Value?.ToJsonString().Contains("{{", StringComparison.Ordinal) != true).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))));
                return wrong.Count == 0 ? null : string.Join(" ", wrong.Select(one => $"{one.Key}: {one.Value}"));
            case "http_request":
                if (config.Text("url") is not { Length: > 0 } url || !url.Contains("{{", StringComparison.Ordinal) && !EgressClient.IsUsable(url, out _)) return "config.url must be an address such as https://example.com/orders, without a user name in it.";
                if (config["method"] is not null && !Methods.Contains(config.Text("method")?.ToUpperInvariant())) return $"config.method must be one of {string.Join(", ", Methods)}.";
                if (config.Number("timeout_seconds") is < 1 or > 30) return "config.timeout_seconds must be from 1 to 30.";
                if (config.Number("tries") is < 1 or > 8) return "config.tries must be from 1 to 8.";
                if (config["headers"] is { } headers && (headers is not JsonObject members || members.Count > 20 || members.Any(member => members.Text(member.Key) is not { } value || !EgressClient.IsUsableHeader(member.Key, value))))
                    return "config.headers must be at most 20 headers with texts as values; those that belong to the connection or the body cannot be set.";
                // What is entrusted to a host is not sent where whoever calls says.
                if (config["headers"] is JsonObject { Count: > 0 } && HeaderValues.HostOf(url).Contains("{{", StringComparison.Ordinal)) return "config.url must name its host without variables while there are headers: their values are for that host.";
                return null;
            default: return null;
        }
    }

    static string? OptionProblem(AutomationOptions options) =>
        options.MaxPerContactHour is < 1 or > 10_000 ? "max_per_contact_hour must be from 1 to 10000."
        : options.MaxPerMinute is < 1 or > 60_000 ? "max_per_minute must be from 1 to 60000."
        : options.MaxConcurrency is < 1 or > 1000 ? "max_concurrency must be from 1 to 1000."
        : options.QuietHours is not { } quiet ? null
        : quiet.TimeZone is { } zone && zone != "contact" && Schedule.FindZone(zone) is null ? "quiet_hours.time_zone must be a time zone such as America/Sao_Paulo, or contact."
        : quiet.Hours is null or [] or { Count: > 50 } || quiet.Hours.Contains(null!) ? "quiet_hours.hours must be a list of stretches with days, from and to."
        : quiet.Hours.Select(stretch => stretch.Wrong()).FirstOrDefault(wrong => wrong is not null);
}
