using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Jobs;
using Parley.Server.Messages;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Scheduling;

/// <param name="Content">Other words: of a text, or the caption of a file.</param>
/// <param name="ScheduledAt">Another time; with it, what was late waits again.</param>
public sealed record ScheduledMessageChange(string? Content = null, string? ScheduledAt = null, string? TimeZone = null);

/// <summary>What shall be different; null leaves a part as it is.</summary>
public sealed record SchedulingSettingsChange(string? TimeZone = null, string? LateMessages = null, int? LateAfterMinutes = null);

internal static class SchedulingEndpoints
{
    public static IServiceCollection AddScheduling(this IServiceCollection services) =>
        services.AddSingleton<SchedulingSettingsStore>().AddSingleton<ScheduleReader>().AddSingleton<ScheduledMessageStore>().AddSingleton<IJobHandler, ReleaseDue>();

    public static void MapScheduling(this IEndpointRouteBuilder routes)
    {
        var messages = routes.MapGroup("/api/scheduled-messages").WithTags("Scheduled messages");
        messages.MapGet("", List).RequireAuthorization(Policies.Viewer).WithSummary("Messages that wait for their time, the next to leave first.");
        messages.MapGet("/{id:guid}", Show).RequireAuthorization(Policies.Viewer).WithSummary("A message that waits for its time.");
        messages.MapPatch("/{id:guid}", Update).RequireAuthorization(Policies.Editor).WithSummary("Gives it other words or another time, while it has not left.");
        messages.MapDelete("/{id:guid}", Cancel).RequireAuthorization(Policies.Editor).WithSummary("Cancels it: it will not leave.");
        messages.MapPost("/{id:guid}/send", SendNow).RequireAuthorization(Policies.Editor).WithSummary("Sends it now, also when its time has passed.").Produces<MessageView>(StatusCodes.Status202Accepted);

        var settings = routes.MapGroup("/api/scheduling-settings").WithTags("Scheduled messages");
        settings.MapGet("", Settings).RequireAuthorization(Policies.Viewer).WithSummary("The organisation's time zone, and what becomes of messages that are late.");
        settings.MapPatch("", ChangeSettings).RequireAuthorization(Policies.Admin).WithSummary("Changes them.");
    }

    static async Task<Results<Ok<Page<ScheduledMessageView>>, ValidationProblem>> List(
        Caller caller, ScheduledMessageStore store, CancellationToken cancellationToken,
        Guid? conversation_id = null, Guid? contact_id = null, bool? needs_decision = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var rows = await store.ListAsync(caller.TenantId, caller.Sight, conversation_id, contact_id, needs_decision, page.After, page.Size, cancellationToken);
        return TypedResults.Ok(Page<ScheduledMessageView>.Of(rows, page.Size, message => new Cursor(message.ScheduledAt!.Value, message.Id)));
    }

    static async Task<Results<Ok<ScheduledMessageView>, ProblemHttpResult>> Show(Guid id, Caller caller, ScheduledMessageStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { } message ? TypedResults.Ok(message) : Problems.Missing("scheduled message");

    static async Task<Results<Ok<MessageView>, ValidationProblem, ProblemHttpResult>> Update(
        Guid id, ScheduledMessageChange request, Caller caller, ScheduledMessageStore store, MessageStore messages, MessageDrafts drafts, ScheduleReader reader,
        SchedulingSettingsStore zones, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } message) return await GoneAsync(caller, id, messages, cancellationToken);
        if (request.Content is { } content)
        {
            if (message.Type is not ("text" or "image" or "video" or "document")) return Problems.Invalid("content", "Its words cannot be changed. Cancel it and write another.");
            if (Texts.Wrong(content, MessageDrafts.LongestContent) is { } unfit) return Problems.Invalid("content", unfit);
            if (message.Type == "text" && (await drafts.ReadAsync(caller, message.IntegrationId, new() { Content = content }, cancellationToken)).Wrong is { } bad) return bad;
        }
        // A zone alone moves nothing: it says where the new time is meant.
        var (schedule, wrong) = await reader.ReadAsync(caller.TenantId, request.ScheduledAt, request.TimeZone ?? (request.ScheduledAt is null ? null : message.Schedule!.TimeZone),
            () => zones.FindZoneOfConversationAsync(caller.TenantId, message.ConversationId, cancellationToken), cancellationToken);
        if (wrong is not null) return wrong;
        return await store.UpdateAsync(caller.TenantId, id, request.Content, schedule, cancellationToken) is { } changed ? TypedResults.Ok(changed) : await GoneAsync(caller, id, messages, cancellationToken);
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Cancel(Guid id, Caller caller, ScheduledMessageStore store, MessageStore messages, CancellationToken cancellationToken) =>
        await store.CancelAsync(caller.TenantId, id, cancellationToken) ? TypedResults.NoContent() : await GoneAsync(caller, id, messages, cancellationToken);

    static async Task<IResult> SendNow(Guid id, Caller caller, HttpContext http, Idempotency idempotency, MessageStore messages, CancellationToken cancellationToken) =>
        await idempotency.RunAsync(http, caller.TenantId, new { }, async change =>
            await ScheduledMessageStore.SendNowAsync(change, caller.TenantId, id, cancellationToken) is { } message
                ? (new Answer(StatusCodes.Status202Accepted, idempotency.Json(message), $"/api/messages/{id}"), null)
                : (null, await GoneAsync(caller, id, messages, cancellationToken)), cancellationToken);

    // Whoever comes too late shall know that it has left, and not wonder whether it ever was.
    static async Task<ProblemHttpResult> GoneAsync(Caller caller, Guid id, MessageStore messages, CancellationToken cancellationToken) =>
        await messages.FindAsync(caller.TenantId, id, cancellationToken) is { ScheduledAt: not null } left
            ? Problems.Conflict($"It is not waiting any more: it is {left.Status}.")
            : Problems.Missing("scheduled message");

    static async Task<Ok<SchedulingSettings>> Settings(Caller caller, SchedulingSettingsStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(await store.ReadAsync(caller.TenantId, cancellationToken));

    static async Task<Results<Ok<SchedulingSettings>, ValidationProblem>> ChangeSettings(
        SchedulingSettingsChange request, Caller caller, SchedulingSettingsStore store, CancellationToken cancellationToken)
    {
        if (request.TimeZone is { } zone && Schedule.FindZone(zone) is null) return Problems.Invalid("time_zone", "It must be a time zone such as America/Sao_Paulo.");
        if (request.LateMessages is not (null or "send" or "ask")) return Problems.Invalid("late_messages", "It must be send or ask.");
        if (request.LateAfterMinutes is < 1 or > 1440) return Problems.Invalid("late_after_minutes", "It must be from 1 to 1440.");
        var present = await store.ReadAsync(caller.TenantId, cancellationToken);
        return TypedResults.Ok(await store.WriteAsync(caller.TenantId,
            new(request.TimeZone ?? present.TimeZone, request.LateMessages ?? present.LateMessages, request.LateAfterMinutes ?? present.LateAfterMinutes), cancellationToken));
    }
}
