using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Audit;
using Parley.Server.Bot.Answering;
using Parley.Server.Conversations;
using Parley.Server.Jobs;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;

namespace Parley.Server.Bot;

/// <param name="State">active lets the bot answer here; paused stops it.</param>
public sealed record ConversationBotRequest(string? State);

/// <summary>The bot in one conversation.</summary>
/// <param name="State">active, resting (outside its hours), paused or handed_over; null where the account has no bot that is on.</param>
/// <param name="Reason">Why it does not answer.</param>
/// <param name="ChatId">The chat that it remembers; null before the first.</param>
/// <param name="ChatTokens">What that chat has used.</param>
/// <param name="Tokens">What the whole conversation has used in answers.</param>
public sealed record ConversationBotView(Guid ConversationId, string? State, string? Cause, string? Reason, DateTimeOffset? ChangedAt, string? ChatId, long ChatTokens, int Answers, long Tokens);

internal static class ConversationBotEndpoints
{
    public static void MapConversationBots(this IEndpointRouteBuilder routes)
    {
        var bot = routes.MapGroup("/api/conversations/{id:guid}/bot").WithTags("Bot");
        bot.MapGet("", Show).RequireAuthorization(Policies.Viewer).WithSummary("Whether the bot answers in a conversation, and what it used.");
        bot.MapPost("", Set).RequireAuthorization(Policies.Editor).WithSummary("Pauses the bot in a conversation, or lets it go on.");
    }

    static async Task<Results<Ok<ConversationBotView>, ProblemHttpResult>> Show(
        Guid id, Caller caller, ConversationStore conversations, BotStore bots, TenantDatabase database, TimeProvider time, CancellationToken cancellationToken) =>
        await conversations.FindAsync(caller.TenantId, id, cancellationToken) is { } conversation
            ? TypedResults.Ok(await ViewAsync(caller.TenantId, conversation, bots, database, time, cancellationToken)) : Problems.Missing("conversation");

    static async Task<Results<Ok<ConversationBotView>, ProblemHttpResult, ValidationProblem>> Set(
        Guid id, ConversationBotRequest request, Caller caller, ConversationStore conversations, BotStore bots, TenantDatabase database, JobNews jobs, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await conversations.FindAsync(caller.TenantId, id, cancellationToken) is not { } conversation) return Problems.Missing("conversation");
        if (request.State is not ("active" or "paused")) return Problems.Invalid("state", "It must be active or paused.");
        if (conversation.BotState is null) return Problems.Conflict("No bot is switched on for this conversation's account.");
        await database.ChangeAsync(caller.TenantId, async change =>
        {
            var isActive = request.State == "active";
            var changed = await TurnStore.SetStateAsync(change, caller.TenantId, id, isActive ? null : "paused", isActive ? null : Causes.Team, isActive ? null : "Somebody of the team paused it.", cancellationToken);
            // What the customer asked meanwhile, and nobody answered, is answered now.
            if (changed && isActive) await JobStore.AddAsync(change, caller.TenantId, BotAnswer.JobType, id.ToString(), change.Now, cancellationToken);
            if (changed) change.Audit(AuditEntry.Of(caller.TenantId, isActive ? "conversation.bot_resumed" : "conversation.bot_paused", "conversation", id));
            return changed;
        }, cancellationToken);
        jobs.Publish();
        return TypedResults.Ok(await ViewAsync(caller.TenantId, (await conversations.FindAsync(caller.TenantId, id, cancellationToken))!, bots, database, time, cancellationToken));
    }

    static async Task<ConversationBotView> ViewAsync(Guid tenant, ConversationView conversation, BotStore bots, TenantDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        var used = (await database.FindAsync<UsedRow>(tenant, """
            select count(*) filter (where a.outcome = 'answered')::int as answers, coalesce(sum(a.prompt_tokens + a.completion_tokens), 0)::bigint as tokens,
                (select chat_id from bot_chats where tenant_id = @tenant and conversation_id = @Id and is_active) as chat_id,
                coalesce((select tokens from bot_chats where tenant_id = @tenant and conversation_id = @Id and is_active), 0) as chat_tokens
            from bot_answers a
            where a.tenant_id = @tenant and a.conversation_id = @Id
            """, new { conversation.Id }, cancellationToken))!;
        var rests = conversation.BotState == "active" && await bots.FindAsync(tenant, conversation.IntegrationId, cancellationToken) is { } bot && !bot.IsWithinHours(time.GetUtcNow());
        return new(conversation.Id, rests ? "resting" : conversation.BotState, conversation.BotCause, rests ? "It is outside the bot’s hours." : conversation.BotReason, conversation.BotChangedAt,
            used.ChatId, used.ChatTokens, used.Answers, used.Tokens);
    }

    sealed class UsedRow
    {
        public int Answers { get; init; }
        public long Tokens { get; init; }
        public string? ChatId { get; init; }
        public long ChatTokens { get; init; }
    }
}
