using System.Text.Json.Nodes;
using Parley.Server.Automations.Conditions;
using Parley.Server.Automations.Steps;
using Parley.Server.Contacts;
using Parley.Server.Conversations;
using Parley.Server.Messages;
using Parley.Server.Platform.Auth;
using Parley.Server.Scheduling;

namespace Parley.Server.Automations.Runs;

/// <summary>What shall be tried, and with what of the past.</summary>
/// <param name="Definition">Instead of one that is kept.</param>
/// <param name="Body">As if its address had been called with it.</param>
public sealed record DryRunRequest(
    Guid? AutomationId = null, AutomationDefinition? Definition = null, Guid? MessageId = null, Guid? ConversationId = null, Guid? ContactId = null, JsonNode? Body = null, JsonObject? Data = null);

/// <param name="Words">What it asks for.</param>
public sealed record DryCondition(string Type, bool Holds, string Words);

/// <param name="Input">What it would do, with all variables that are known filled in; null when it could not.</param>
public sealed record DryStep(int Position, string Type, JsonNode? Input, string? Error);

/// <param name="WouldRun">All that it asks for is so.</param>
/// <param name="Reason">Why not.</param>
public sealed record DryRunView(bool WouldRun, string? Reason, IReadOnlyList<DryCondition> Conditions, IReadOnlyList<DryStep> Steps);

/// <summary>Does everything but doing it: the same conditions and the same preparation of steps, and nothing is written, sent or called.</summary>
internal sealed class DryRun(AutomationStore automations, StepPreparer preparer, ContactStore contacts, ConversationStore conversations, MessageStore messages, Labels.LabelStore labels, SchedulingSettingsStore zones, TimeProvider time)
{
    /// <summary>Or what there is no such of.</summary>
    public async Task<(DryRunView? View, string? Missing)> RunAsync(Caller caller, DryRunRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.TenantId;
        var row = request.AutomationId is { } kept ? await automations.FindAsync(tenant, kept, cancellationToken) : null;
        if (request.AutomationId is not null && row is null) return (null, "automation");
        var message = request.MessageId is { } said ? (await messages.ListByIdsAsync(tenant, [said], cancellationToken)).FirstOrDefault() : null;
        if (request.MessageId is not null && message is null) return (null, "message");
        var place = message?.ConversationId ?? request.ConversationId;
        var conversation = place is { } id ? await conversations.FindAsync(tenant, id, cancellationToken) : null;
        if (place is not null && conversation is null) return (null, "conversation");
        var person = conversation?.ContactId ?? request.ContactId;
        var contact = person is { } who ? await contacts.FindAsync(tenant, who, cancellationToken) : null;
        if (person is not null && contact is null) return (null, "contact");

        var (name, trigger, conditions, actions) = row is null
            ? (request.Definition!.Name!, request.Definition.Trigger!, request.Definition.Conditions ?? new(), request.Definition.Actions!)
            : (row.Name, row.Trigger, DefinitionJson.Read<AutomationConditions>(row.Conditions), DefinitionJson.Read<List<AutomationAction>>(row.Actions));
        // As the feed's reader sees it, at the time of the event.
        var facts = new Facts
        {
            Channel = message?.Channel ?? conversation?.Channel, IntegrationId = message?.IntegrationId ?? conversation?.IntegrationId, Text = message?.Content,
            Labels = [.. conversation?.Labels ?? [], .. contact is null ? [] : (await labels.ListOfContactAsync(tenant, contact.Id, cancellationToken) ?? []).Select(label => label.Id)],
            ContactName = contact?.Name, Phone = contact?.Phone ?? (conversation?.Handle is ['+', ..] number ? number : null), Email = contact?.Email, ExternalRef = contact?.ExternalRef, ContactStatus = contact?.Status,
            Metadata = contact?.Metadata?.ToJsonString(), At = message?.CreatedAt ?? time.GetUtcNow(), Zone = (await zones.ReadAsync(tenant, cancellationToken)).TimeZone,
        };
        var ready = (conditions.Items ?? []).Select(item => Condition.Read(item).Condition).OfType<Condition>().ToList();
        var asked = ready.Select(condition => new DryCondition(condition.Type, condition.Holds(facts), condition.Words)).ToList();
        var holds = CompiledAutomation.Of(default, name, 0, trigger, conditions, null, 0).Holds(facts);
        var isCut = facts.IsCut;

        var context = new StepContext(tenant, row?.Id ?? default, name, default, contact, conversation, message, Trigger(request), time.GetUtcNow(), [])
        {
            Headers = row is null ? new Dictionary<string, string>() : automations.HeadersOf(tenant, row),
        };
        var steps = new List<DryStep>();
        foreach (var action in actions)
        {
            var position = steps.Count + 1;
            try { steps.Add(new(position, action.Type!, HeaderValues.HideUrl(action.Type!, (await preparer.PrepareAsync(context, action, position, cancellationToken)).Input, caller.Role == Policies.Admin), null)); }
            catch (StepException unfit) { steps.Add(new(position, action.Type!, null, unfit.Message)); }
            // What it would bring is not known: later steps see that it was there.
            context = context with { Steps = new JsonObject(context.Steps.DeepClone().AsObject().Select(step => KeyValuePair.Create(step.Key, step.Value?.DeepClone())).Append(KeyValuePair.Create<string, JsonNode?>(position.ToString(), new JsonObject { ["status"] = "succeeded" }))) };
        }
        var suits = Suits(trigger.Type!, message, conversation, contact);
        return (new(holds && suits is null, suits ?? (holds ? null : isCut ? Patterns.TookTooLong : conditions.Match == "any" ? "None of its conditions is so." : "Not all of its conditions are so."), asked, steps), null);
    }

    static JsonObject Trigger(DryRunRequest request) => new() { ["body"] = request.Body?.DeepClone(), ["data"] = request.Data?.DeepClone() ?? new JsonObject() };

    // Whether what is given is what the trigger listens to.
    static string? Suits(string trigger, MessageView? message, ConversationView? conversation, ContactView? contact) => trigger switch
    {
        TriggerTypes.MessageReceived or TriggerTypes.NoReply when message is null => "It answers to a message: choose one.",
        TriggerTypes.MessageReceived or TriggerTypes.NoReply when message.Direction != "inbound" => "It answers to what customers write, and this is ours.",
        TriggerTypes.MessageFailed when message is not { Status: "failed" } => "It answers to messages that failed, and this is none.",
        TriggerTypes.ConversationOpened or TriggerTypes.ConversationClosed when conversation is null => "It answers to a conversation: choose one.",
        TriggerTypes.ContactCreated when contact is null => "It answers to a contact: choose one.",
        TriggerTypes.LabelAdded when conversation is null && contact is null => "It answers to a label on a conversation or contact: choose one.",
        _ => null,
    };
}
