using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;
using Parley.Server.Scheduling;

namespace Parley.Server.Messages;

internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api").WithTags("Messages").RequireAuthorization(Policies.Viewer);
        read.MapGet("/conversations/{id:guid}/messages", List).WithSummary("The messages of a conversation, a page at a time, in both directions.");
        read.MapGet("/messages/{id:guid}", Show).WithSummary("A message, with every step of its delivery.");

        var write = routes.MapGroup("/api").WithTags("Messages").RequireAuthorization(Policies.Editor);
        write.MapPost("/conversations/{id:guid}/messages", Reply).WithSummary("Answers in a conversation.").Produces<MessageView>(StatusCodes.Status202Accepted);
        write.MapPost("/messages", Start).WithSummary("Writes to somebody, in the conversation they have or in a new one.").Produces<MessageView>(StatusCodes.Status202Accepted);
        write.MapPost("/messages/{id:guid}/retry", Retry).WithSummary("Tries again what failed, or what could not be confirmed.").Produces<MessageView>(StatusCodes.Status202Accepted);
    }

    static async Task<Results<Ok<MessagePage>, ValidationProblem, ProblemHttpResult>> List(
        Guid id, Caller caller, MessageStore store, Conversations.ConversationStore conversations, CancellationToken cancellationToken,
        int? limit = null, string? cursor = null, string? direction = null, Guid? around = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (direction is not (null or "older" or "newer")) return Problems.Invalid("direction", "It must be older or newer.");
        var newer = direction == "newer";
        if (around is { } centre) return await AroundAsync(caller.TenantId, id, centre, page.Size, store, cancellationToken);
        var rows = await store.ListAsync(caller.TenantId, id, page.After, newer, page.Size, cancellationToken);
        // An empty page may be an empty conversation, or none at all.
        if (rows.Count == 0 && await conversations.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("conversation");
        var found = Page<MessageView>.Of(rows, page.Size, message => new Cursor(message.OccurredAt, message.Id));
        return TypedResults.Ok(new MessagePage(found.Items, found.NextCursor, rows.Count == 0 ? cursor : new Cursor(rows[0].OccurredAt, rows[0].Id).ToString()));
    }

    static async Task<Results<Ok<MessagePage>, ValidationProblem, ProblemHttpResult>> AroundAsync(
        Guid tenant, Guid conversation, Guid centre, int size, MessageStore store, CancellationToken cancellationToken)
    {
        var each = size / 2;
        if (await store.ListAroundAsync(tenant, conversation, centre, each, cancellationToken) is not var (newer, message, older)) return Problems.Missing("message in this conversation");
        MessageView[] items = [.. newer.Skip(Math.Max(0, newer.Count - each)), message, .. older.Take(each)];
        return TypedResults.Ok(new MessagePage(items, older.Count > each ? Of(items[^1]) : null, newer.Count > each ? Of(items[0]) : null));

        static string Of(MessageView message) => new Cursor(message.OccurredAt, message.Id).ToString();
    }

    static async Task<Results<Ok<MessageView>, ProblemHttpResult>> Show(Guid id, Caller caller, MessageStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } message ? TypedResults.Ok(message) : Problems.Missing("message");

    static async Task<IResult> Reply(
        Guid id, ReplyRequest request, Caller caller, HttpContext http, Idempotency idempotency, MessageDrafts drafts, Conversations.ConversationStore conversations,
        ScheduleReader schedules, SchedulingSettingsStore zones, CancellationToken cancellationToken)
    {
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        if (await conversations.FindAsync(caller.TenantId, id, cancellationToken) is not { } conversation) return Problems.Missing("conversation");
        var (draft, wrong) = await drafts.ReadAsync(caller, conversation.IntegrationId, request, cancellationToken, conversation.ContactId);
        if (draft is null) return wrong!;
        var (schedule, wrongTime) = await schedules.ReadAsync(caller.TenantId, request.ScheduledAt, request.TimeZone, () => zones.FindZoneOfConversationAsync(caller.TenantId, id, cancellationToken), cancellationToken);
        if (wrongTime is not null) return wrongTime;
        return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            string? replyTo = null;
            if (request.ReplyToMessageId is { } answered)
            {
                replyTo = await change.FindAsync<string>(
                    "select external_message_id from messages where tenant_id = @tenant and id = @answered and conversation_id = @id", new { answered, id }, cancellationToken);
                if (replyTo is null) return (null, Problems.Invalid("reply_to_message_id", "It must be a message of this conversation that has reached the provider."));
            }
            var message = await PutAsync(change, caller, id, draft, replyTo, schedule, cancellationToken);
            return message is null ? (null, Problems.Missing("conversation")) : (Accepted(idempotency, message), null);
        }, cancellationToken);
    }

    static async Task<IResult> Start(
        NewMessageRequest request, Caller caller, HttpContext http, Idempotency idempotency, MessageDrafts drafts, IntegrationStore integrations,
        IntegrationDirectory directory, ChannelCatalog catalog, ScheduleReader schedules, SchedulingSettingsStore zones, CancellationToken cancellationToken)
    {
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        if (request.IntegrationId is not { } integrationId) return Problems.Invalid("integration_id", "It is missing: which account shall write?");
        if (string.IsNullOrWhiteSpace(request.To)) return Problems.Invalid("to", "It is missing: whom shall we write to?");
        if (Texts.Wrong(request.To, 300) is { } unfit) return Problems.Invalid("to", unfit);
        if (await integrations.FindAsync(caller.TenantId, integrationId, cancellationToken) is not { } integration)
            return Recipients.Normalise(request.To) is null ? NobodyOf() : Problems.Missing("integration");
        var handle = Recipients.Normalise(request.To);
        if (catalog.Find(integration.Provider) is IFindPeople people && await directory.FindByIdAsync(integrationId) is { } connected)
        {
            var found = await people.FindPersonAsync(connected.Account, request.To, cancellationToken);
            if (found.Item is not { } person) return Problems.Invalid("to", found.Failure is { Code: not "not_found" } failure ? failure.Words : "The provider knows nobody of that name.");
            handle = person.Handle;
        }
        if (handle is null) return NobodyOf();
        var (draft, wrong) = await drafts.ReadAsync(caller, integrationId, request, cancellationToken);
        if (draft is null) return wrong!;
        var (schedule, wrongTime) = await schedules.ReadAsync(caller.TenantId, request.ScheduledAt, request.TimeZone, () => zones.FindZoneOfHandleAsync(caller.TenantId, integration.Channel, handle, cancellationToken), cancellationToken);
        if (wrongTime is not null) return wrongTime;
        return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            var conversation = await Recipients.EnsureConversationAsync(change, integration.Id, integration.Channel, handle, cancellationToken);
            if (caller.Sight is { } sight && !await Assignments.AssignmentStore.TakeNewAsync(change, caller.TenantId, conversation, sight, cancellationToken)) return (null, Problems.Missing("contact of yours"));
            var message = await PutAsync(change, caller, conversation, draft, null, schedule, cancellationToken);
            return (Accepted(idempotency, message!), null);
        }, cancellationToken);

        static ValidationProblem NobodyOf() => Problems.Invalid("to", "It is no phone number with country code (such as +5511987654321), and no id of a person.");
    }

    static Task<MessageView?> PutAsync(Change change, Caller caller, Guid conversation, MessageDraft draft, string? replyTo, Schedule? schedule, CancellationToken cancellationToken) => schedule is null
        ? MessageStore.QueueAsync(change, caller.TenantId, conversation, caller.Author, draft, replyTo, cancellationToken)
        : ScheduledMessageStore.AddAsync(change, caller.TenantId, conversation, caller.Author, draft, replyTo, schedule, cancellationToken);

    static Task<IResult> Retry(Guid id, Caller caller, HttpContext http, Idempotency idempotency, CancellationToken cancellationToken) =>
        idempotency.RunAsync(http, caller.TenantId, new { }, async change =>
        {
            var (message, queued) = await MessageStore.RetryAsync(change, caller.TenantId, id, cancellationToken);
            if (message is null) return (null, Problems.Missing("message"));
            return queued ? (Accepted(idempotency, message), null)
                : (null, Problems.Conflict($"Only a message that failed, or whose outcome is unknown, can be tried again. This one is {message.Status}."));
        }, cancellationToken);

    static Answer Accepted(Idempotency idempotency, MessageView message) =>
        new(StatusCodes.Status202Accepted, idempotency.Json(message), $"/api/messages/{message.Id}");
}

/// <param name="NextCursor">For the next page in the same direction (older ones, around a message); null on the last one.</param>
/// <param name="PrevCursor">For the page in the other direction: what came since, when reading backwards. Around a message: newer
/// ones, or null when there are none.</param>
public sealed record MessagePage(IReadOnlyList<MessageView> Items, string? NextCursor, string? PrevCursor);
