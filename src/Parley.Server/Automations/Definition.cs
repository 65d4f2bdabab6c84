using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Bot;

namespace Parley.Server.Automations;

/// <summary>What starts an automation.</summary>
/// <param name="Type">webhook, schedule, manual, api, message_received, message_failed, conversation_opened, conversation_closed, contact_created, label_added or no_reply.</param>
/// <param name="Config">What belongs to the type: cron, time_zone and missed; minutes; label_id; contact.</param>
public sealed record AutomationTrigger(string? Type, JsonObject? Config = null);

/// <summary>Whom it is for.</summary>
/// <param name="Match">all (the default) or any.</param>
/// <param name="Items">Each with a type (channel, integration, text, label, hours, field), what belongs to it, and negate.</param>
public sealed record AutomationConditions(string? Match = null, IReadOnlyList<JsonObject>? Items = null);

/// <summary>One step.</summary>
/// <param name="Type">send_message, send_template, update_contact, http_request, assign, label, unlabel, note, start_bot, stop_bot, close or wait.</param>
/// <param name="OnError">stop (the default): the run failed; continue: the next step comes.</param>
public sealed record AutomationAction(string? Type, JsonObject? Config = null, string? OnError = null);

/// <summary>When it does not speak.</summary>
/// <param name="TimeZone">An IANA name; contact (metadata time_zone, else the organisation's); null: the organisation's.</param>
public sealed record AutomationQuietHours(IReadOnlyList<BotHours>? Hours, string? TimeZone = null);

/// <summary>How much it may do.</summary>
/// <param name="MaxPerContactHour">Runs for one contact in an hour; 20 when not said. More are stopped.</param>
/// <param name="MaxPerMinute">Runs that begin in a minute; more wait.</param>
/// <param name="MaxConcurrency">Runs at once; more wait.</param>
public sealed record AutomationOptions(int? MaxPerContactHour = null, int? MaxPerMinute = null, int? MaxConcurrency = null, AutomationQuietHours? QuietHours = null)
{
    internal const int UsualPerContactHour = 20;

    /// <summary>Its runs begin in turn.</summary>
    internal bool IsLimited => MaxPerMinute is not null || MaxConcurrency is not null;
}

/// <summary>An automation as somebody writes it; in a change, null leaves a part as it is.</summary>
/// <param name="Status">draft (the default), active or paused.</param>
public sealed record AutomationDefinition(
    string? Name = null, string? Description = null, AutomationTrigger? Trigger = null, AutomationConditions? Conditions = null, IReadOnlyList<AutomationAction>? Actions = null,
    AutomationOptions? Options = null, string? Status = null);

/// <summary>Definitions as they are stored.</summary>
internal static class DefinitionJson
{
    public static JsonSerializerOptions Options { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;
}

/// <summary>What triggers there are.</summary>
internal static class TriggerTypes
{
    public const string Webhook = "webhook", Schedule = "schedule", Manual = "manual", Api = "api", MessageReceived = "message_received", MessageFailed = "message_failed",
        ConversationOpened = "conversation_opened", ConversationClosed = "conversation_closed", ContactCreated = "contact_created", LabelAdded = "label_added", NoReply = "no_reply";

    public static readonly string[] All = [Webhook, Schedule, Manual, Api, MessageReceived, MessageFailed, ConversationOpened, ConversationClosed, ContactCreated, LabelAdded, NoReply];
}

/// <summary>Reads members of a config, which was checked when it was written.</summary>
internal static class Members
{
    public static string? Text(this JsonObject? config, string name) => config?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    public static Guid? Id(this JsonObject? config, string name) => Guid.TryParse(config.Text(name), out var id) ? id : null;

    public static int? Number(this JsonObject? config, string name) => config?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<int>(out var number) ? number : null;

    public static bool Flag(this JsonObject? config, string name) => config?[name] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    public static IReadOnlyList<string> Texts(this JsonObject? config, string name) =>
        config?[name] is JsonArray items ? [.. items.OfType<JsonValue>().Where(item => item.GetValueKind() == JsonValueKind.String).Select(item => item.GetValue<string>())] : [];
}
