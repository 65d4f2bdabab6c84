using System.Text.Json.Nodes;
using Parley.Server.Contacts;
using Parley.Server.Conversations;
using Parley.Server.Messages;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Automations.Steps;

/// <summary>What the steps of a run know: whom it is about, what started it, what came of earlier steps.</summary>
internal sealed record StepContext(Guid TenantId, Guid AutomationId, string AutomationName, Guid RunId, ContactView? Contact, ConversationView? Conversation, MessageView? Message, JsonObject Trigger, DateTimeOffset Now, JsonObject Steps)
{
    /// <summary>What a variable may begin with.</summary>
    public static readonly string[] Roots = ["contact", "conversation", "message", "channel", "trigger", "steps", "automation", "run", "now"];

    JsonObject? _variables;

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public string Author => $"automation:{AutomationId}";

    /// <summary>As who it asks where only callers may ask.</summary>
    public Caller Caller => new(TenantId, null, null, Policies.Editor) { AutomationId = AutomationId };

    public JsonObject Variables => _variables ??= new JsonObject
    {
        ["contact"] = Contact is null ? null : new JsonObject
        {
            ["id"] = Contact.Id.ToString(), ["name"] = Contact.Name, ["phone"] = Contact.Phone ?? Conversation?.Handle, ["email"] = Contact.Email, ["external_ref"] = Contact.ExternalRef, ["status"] = Contact.Status,
            ["notes"] = Contact.Notes, ["metadata"] = Contact.Metadata?.DeepClone(),
        },
        ["conversation"] = Conversation is null ? null : new JsonObject { ["id"] = Conversation.Id.ToString(), ["channel"] = Conversation.Channel, ["handle"] = Conversation.Handle, ["status"] = Conversation.Status, ["integration_id"] = Conversation.IntegrationId.ToString() },
        ["message"] = Message is null ? null : new JsonObject { ["id"] = Message.Id.ToString(), ["text"] = Message.Content, ["type"] = Message.Type, ["channel"] = Message.Channel, ["error"] = Message.ErrorMessage },
        ["channel"] = Message?.Channel ?? Conversation?.Channel,
        ["trigger"] = Trigger.DeepClone(),
        ["steps"] = Steps.DeepClone(),
        ["automation"] = new JsonObject { ["id"] = AutomationId.ToString(), ["name"] = AutomationName },
        ["run"] = new JsonObject { ["id"] = RunId.ToString() },
        ["now"] = Now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
    };

    public string Fill(string text) => TextTemplate.Fill(text, Variables);
}

/// <summary>What a step of the database did, or why it could not.</summary>
/// <param name="MessageId">What it sent: the step waits for what becomes of it.</param>
/// <param name="ConversationId">Where it sent it.</param>
internal sealed record StepEffect(JsonObject? Result = null, Guid? MessageId = null, Guid? ConversationId = null, string? Error = null)
{
    public static StepEffect Failed(string error) => new(Error: error);
}

/// <summary>A step with all its variables filled in: what it is about to do, and the way to do it. One of the three.</summary>
/// <param name="Input">For the log.</param>
internal sealed record PreparedStep(JsonObject Input)
{
    /// <summary>In one transaction with the step's line in the log and the run's next place.</summary>
    public Func<Change, Task<StepEffect>>? Apply { get; init; }

    public HttpStep? Http { get; init; }

    public TimeSpan? Wait { get; init; }

    /// <summary>It speaks to a person: quiet hours delay it.</summary>
    public bool Speaks { get; init; }
}
