using System.Text.Json.Nodes;
using Parley.Server.Assignments;
using Parley.Server.Bot.Answering;
using Parley.Server.Contacts;
using Parley.Server.Conversations;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Labels;
using Parley.Server.Messages;
using Parley.Server.Notes;
using Parley.Server.Platform.Http;
using Parley.Server.Templates;

namespace Parley.Server.Automations.Steps;

/// <summary>From a step as it is written to what it is about to do: variables filled in, whom it is for found. It changes nothing; runs do what comes out of it, dry runs show it.</summary>
internal sealed class StepPreparer(MessageDrafts drafts, IntegrationStore integrations, ConversationStore conversations, TimeProvider time)
{
    static readonly TimeSpan LongestWait = TimeSpan.FromDays(90);

    /// <exception cref="StepException">It cannot be done, and says why.</exception>
    public Task<PreparedStep> PrepareAsync(StepContext context, AutomationAction action, int position, CancellationToken cancellationToken)
    {
        var config = action.Config ?? [];
        return action.Type switch
        {
            "send_message" => SendAsync(context, config, new() { Type = "text", Content = context.Fill(config.Text("text") ?? "") }, cancellationToken),
            "send_template" => SendAsync(context, config, new() { Type = "template", Template = Template(context, config) }, cancellationToken),
            "http_request" => Task.FromResult(HttpStep.Prepare(context, config, position)),
            "wait" => Task.FromResult(Wait(config)),
            _ => Task.FromResult(Change(context, action.Type ?? "", config, cancellationToken)),
        };
    }

    static TemplateRequest Template(StepContext context, JsonObject config) =>
        new(config.Text("name"), config.Text("language") is { } language ? JsonValue.Create(language) : null, TextTemplate.Fill(config["variables"], context.Variables));

    async Task<PreparedStep> SendAsync(StepContext context, JsonObject config, MessageBody body, CancellationToken cancellationToken)
    {
        var (integration, channel, handle, conversation) = await FindRecipientAsync(context, config, cancellationToken);
        var (draft, wrong) = await drafts.ReadAsync(context.Caller, integration, body, cancellationToken, conversation is null ? null : context.Contact?.Id);
        if (draft is null) throw new StepException(string.Join(" ", wrong!.ProblemDetails.Errors.SelectMany(error => error.Value)));
        var input = new JsonObject { ["type"] = draft.Type, ["text"] = draft.Content, ["to"] = handle, ["integration_id"] = integration.ToString() };
        if (conversation is { } known) input["conversation_id"] = known.ToString();
        if (body.Template is { } template) input["template"] = template.Name;
        return new(input)
        {
            Speaks = true,
            Apply = async change =>
            {
                var place = conversation ?? await Recipients.EnsureConversationAsync(change, integration, channel, handle, cancellationToken);
                var message = await MessageStore.QueueAsync(change, context.TenantId, place, context.Author, draft, null, cancellationToken);
                return message is null ? StepEffect.Failed("The conversation is gone.") : new(new() { ["message_id"] = message.Id.ToString(), ["status"] = message.Status }, message.Id, place);
            },
        };
    }

    async Task<(Guid Integration, string Channel, string Handle, Guid? Conversation)> FindRecipientAsync(StepContext context, JsonObject config, CancellationToken cancellationToken)
    {
        if (config.Text("to") is { } to)
        {
            if (config.Id("integration_id") is not { } id || await integrations.FindAsync(context.TenantId, id, cancellationToken) is not { } integration) throw new StepException("The account that it shall write from is not here.");
            var text = context.Fill(to);
            var handle = integration.Channel == "email" && text.Contains('@') ? text.Trim().ToLowerInvariant() : Recipients.Normalise(text);
            return (id, integration.Channel, handle ?? throw new StepException($"“{Short(text)}” is no phone number with country code (such as +5511987654321), and no id of a person."), null);
        }
        var conversation = context.Conversation;
        if (conversation is null && context.Contact is { } contact
            && (await conversations.ListLatestAsync(context.TenantId, null, [contact.Id], cancellationToken)).TryGetValue(contact.Id, out var latest))
            conversation = await conversations.FindAsync(context.TenantId, latest, cancellationToken);
        return conversation is null ? throw new StepException("There is no conversation to write in. Say to whom, with to and integration_id.") : (conversation.IntegrationId, conversation.Channel, conversation.Handle, conversation.Id);
    }

    PreparedStep Wait(JsonObject config)
    {
        var wait = TimeSpan.FromMinutes(config.Number("minutes") ?? 0) + TimeSpan.FromSeconds(config.Number("seconds") ?? 0);
        if (wait > LongestWait) wait = LongestWait;
        return new(new() { ["until"] = (time.GetUtcNow() + wait).UtcDateTime.ToString("O") }) { Wait = wait };
    }

    static PreparedStep Change(StepContext context, string type, JsonObject config, CancellationToken cancellationToken)
    {
        var tenant = context.TenantId;
        switch (type)
        {
            case "update_contact":
            {
                var given = TextTemplate.Fill(config["fields"], context.Variables) as JsonObject ?? [];
                var (fields, wrong) = ContactFields.Read(given.DeepClone().AsObject());
                if (wrong.Count > 0) throw new StepException(string.Join(" ", wrong.Select(one => $"{one.Key}: {one.Value}")));
                var contact = ContactOf(context);
                return new(new() { ["contact_id"] = contact.ToString(), ["fields"] = given })
                {
                    Apply = async change => await ContactStore.UpdateAsync(change, tenant, contact, fields, cancellationToken) is null ? StepEffect.Failed("The contact is gone.") : new(new() { ["status"] = "updated" }),
                };
            }
            case "assign":
            {
                var (contact, user, team) = (ContactOf(context), config.Id("user_id"), config.Id("team_id"));
                return new(new() { ["contact_id"] = contact.ToString(), ["user_id"] = user?.ToString(), ["team_id"] = team?.ToString() })
                {
                    Apply = async change => (user is null && team is null
                        ? await AssignmentStore.RemoveAsync(change, tenant, contact, default, cancellationToken)
                        : await AssignmentStore.SetAsync(change, tenant, contact, user, team, default, context.Author, cancellationToken)) switch
                    {
                        AssignmentOutcome.Done done => new(new() { ["status"] = "assigned", ["user_id"] = done.Assignment.UserId?.ToString(), ["team_id"] = done.Assignment.TeamId?.ToString() }),
                        AssignmentOutcome.Unable unable => StepEffect.Failed(unable.Why),
                        AssignmentOutcome.Missing missing => StepEffect.Failed($"There is no such {missing.What}."),
                        _ => StepEffect.Failed("Somebody else was faster."),
                    },
                };
            }
            case "label" or "unlabel":
            {
                var kind = config.Text("on") ?? (context.Conversation is null ? "contact" : "conversation");
                var (bearer, label) = (kind == "contact" ? ContactOf(context) : ConversationOf(context), config.Id("label_id") ?? Guid.Empty);
                return new(new() { ["on"] = kind, ["id"] = bearer.ToString(), ["label_id"] = label.ToString() })
                {
                    Apply = async change => await LabelStore.ChangeAsync(change, tenant, kind, type == "label", bearer, label, cancellationToken)
                        ? new(new() { ["status"] = type == "label" ? "labelled" : "unlabelled" }) : StepEffect.Failed($"The {kind} or the label is gone."),
                };
            }
            case "note":
            {
                var (contact, text) = (ContactOf(context), context.Fill(config.Text("text") ?? ""));
                if (Texts.Wrong(text, 20_000) is { } unfit) throw new StepException(unfit);
                return new(new() { ["contact_id"] = contact.ToString(), ["text"] = text })
                {
                    Apply = async change => await NoteStore.AddAsync(change, context.Caller, contact, context.Conversation?.Id, config.Text("type") ?? "public", text, cancellationToken) is { } note
                        ? new(new() { ["status"] = "written", ["note_id"] = note.Id.ToString() }) : StepEffect.Failed("The contact is gone."),
                };
            }
            case "start_bot" or "stop_bot":
            {
                var conversation = ConversationOf(context);
                if (context.Conversation!.BotState is null) throw new StepException("No bot is switched on for this conversation's account.");
                return new(new() { ["conversation_id"] = conversation.ToString() })
                {
                    Apply = async change =>
                    {
                        var starts = type == "start_bot";
                        var changed = await TurnStore.SetStateAsync(change, tenant, conversation, starts ? null : "paused", starts ? null : Causes.Team, starts ? null : $"The automation “{context.AutomationName}” paused it.", cancellationToken);
                        if (changed && starts) await JobStore.AddAsync(change, tenant, BotAnswer.JobType, conversation.ToString(), change.Now, cancellationToken);
                        return new(new() { ["status"] = starts ? "active" : "paused" });
                    },
                };
            }
            case "close":
            {
                var conversation = ConversationOf(context);
                return new(new() { ["conversation_id"] = conversation.ToString() })
                {
                    Apply = async change => await ConversationStore.SetStatusAsync(change, tenant, conversation, "closed", cancellationToken) is null ? StepEffect.Failed("The conversation is gone.") : new(new() { ["status"] = "closed" }),
                };
            }
            default: throw new StepException($"There is no step {type}.");
        }
    }

    static Guid ContactOf(StepContext context) => context.Contact?.Id ?? throw new StepException("It is about no contact.");

    static Guid ConversationOf(StepContext context) => context.Conversation?.Id ?? throw new StepException("It is about no conversation.");

    static string Short(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
