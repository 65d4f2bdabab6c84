using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Bot.Answering;
using Parley.Server.Bot.Model;
using Parley.Server.Integrations;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Bot;

/// <summary>A question to try a bot with.</summary>
/// <param name="History">What was said before, the oldest first.</param>
public sealed record TryRequest(string? Text, IReadOnlyList<TryLine>? History = null);

/// <param name="Role">user or assistant.</param>
public sealed record TryLine(string? Role, string? Content);

/// <summary>What the bot would have said. Nothing was sent.</summary>
/// <param name="Parts">As so many messages; empty when there is no answer.</param>
/// <param name="Problem">Why there is none.</param>
/// <param name="Sources">The documents that it was given to answer from.</param>
public sealed record TryView(IReadOnlyList<string> Parts, string? Problem, IReadOnlyList<SourceView> Sources, string? Model, int PromptTokens, int CompletionTokens, int Milliseconds);

/// <summary>What an answer was made from.</summary>
public sealed record SourceView(Guid DocumentId, string Title, string? Heading);

internal static class BotEndpoints
{
    const int LongestText = 4000;

    public static void MapBots(this IEndpointRouteBuilder routes)
    {
        var bots = routes.MapGroup("/api/integrations/{id:guid}/bot").WithTags("Bot");
        bots.MapGet("", Show).RequireAuthorization(Policies.Viewer).WithSummary("What the account's bot is set to.");
        bots.MapPut("", Save).RequireAuthorization(Policies.Admin).WithSummary("Sets up the account's bot, switches it on and off.");
        bots.MapGet("/usage", Usage).RequireAuthorization(Policies.Viewer).WithSummary("What it used, day by day, the newest first.");
        bots.MapPost("/try", Try).RequireAuthorization(Policies.Editor).WithSummary("What the bot would answer. Sends nothing.");
    }

    static async Task<Results<Ok<BotView>, ProblemHttpResult>> Show(Guid id, Caller caller, BotStore store, IntegrationStore integrations, Replies replies, TimeProvider time, CancellationToken cancellationToken) =>
        await FindAsync(caller.TenantId, id, store, integrations, cancellationToken) is { } bot ? TypedResults.Ok(await ViewAsync(caller.TenantId, bot, store, replies, time, cancellationToken)) : Problems.Missing("integration");

    static async Task<Results<Ok<BotView>, ProblemHttpResult, ValidationProblem>> Save(Guid id, BotRequest request, Caller caller, BotStore store, Replies replies, TimeProvider time, CancellationToken cancellationToken)
    {
        if (BotForm.Check(request) is { Count: > 0 } errors) return TypedResults.ValidationProblem(errors);
        return await store.SaveAsync(caller.TenantId, id, request, cancellationToken) is { } bot
            ? TypedResults.Ok(await ViewAsync(caller.TenantId, bot, store, replies, time, cancellationToken)) : Problems.Missing("integration");
    }

    static async Task<Results<Ok<IReadOnlyList<BotDay>>, ProblemHttpResult>> Usage(Guid id, Caller caller, BotStore store, IntegrationStore integrations, CancellationToken cancellationToken) =>
        await integrations.FindAsync(caller.TenantId, id, cancellationToken) is null ? Problems.Missing("integration") : TypedResults.Ok(await store.ListDaysAsync(caller.TenantId, id, 366, cancellationToken));

    static async Task<Results<Ok<TryView>, ProblemHttpResult, ValidationProblem>> Try(
        Guid id, TryRequest request, Caller caller, BotStore store, IntegrationStore integrations, Replies replies, Platform.Database.TenantDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await integrations.FindAsync(caller.TenantId, id, cancellationToken) is not { } integration) return Problems.Missing("integration");
        if (string.IsNullOrWhiteSpace(request.Text)) return Problems.Invalid("text", "It is empty: there is nothing to answer.");
        if (Texts.Wrong(request.Text, LongestText) is { } wrong) return Problems.Invalid("text", wrong);
        if (request.History is { Count: > 200 }) return Problems.Invalid("history", "At most 200 lines are possible.");
        if (request.History?.Any(line => line is not { Role: "user" or "assistant", Content: { } text } || Texts.Wrong(text, LongestText) is not null) == true)
            return Problems.Invalid("history", $"Each line needs a role (user or assistant) and a content of at most {LongestText:N0} characters.");
        var bot = await FindAsync(caller.TenantId, id, store, integrations, cancellationToken) ?? new BotRow { IntegrationId = id };
        ChatLine[] lines = [.. (request.History ?? []).Select(line => new ChatLine(line.Role == "user", line.Content!)), new(true, request.Text)];
        var began = Stopwatch.GetTimestamp();
        var question = await replies.WriteAsync(caller.TenantId, bot, store.ReadKey(caller.TenantId, bot), lines, 1, cancellationToken);
        var reply = await replies.AskAsync(question, integration.Provider, integration.Channel, cancellationToken);
        // Trying costs as answering does.
        await database.ChangeAsync(caller.TenantId, async change =>
        {
            await BotStore.CountAsync(change, id, bot.Today(time.GetUtcNow()), reply.Asked.PromptTokens, reply.Asked.CompletionTokens, 1, 0, cancellationToken);
            return true;
        }, cancellationToken);
        return TypedResults.Ok(new TryView(reply.Parts, reply.Reason, [.. reply.Sources.Select(source => new SourceView(source.DocumentId, source.Title, source.Heading))],
            reply.Asked.Model, reply.Asked.PromptTokens, reply.Asked.CompletionTokens, (int)Stopwatch.GetElapsedTime(began).TotalMilliseconds));
    }

    // One that nobody has set up is what it would be.
    static async Task<BotRow?> FindAsync(Guid tenant, Guid integration, BotStore store, IntegrationStore integrations, CancellationToken cancellationToken) =>
        await store.FindAsync(tenant, integration, cancellationToken)
        ?? (await integrations.FindAsync(tenant, integration, cancellationToken) is null ? null : new BotRow { IntegrationId = integration });

    static async Task<BotView> ViewAsync(Guid tenant, BotRow bot, BotStore store, Replies replies, TimeProvider time, CancellationToken cancellationToken)
    {
        var today = await store.FindTodayAsync(tenant, bot, cancellationToken);
        var (url, _, model) = replies.Target(bot, null);
        return new(bot.IntegrationId, bot.IsOn, bot.BaseUrl, bot.ApiKey is not null, bot.Model, bot.SystemPrompt, bot.Temperature, bot.TokenField, bot.AnswerTokens, bot.HistoryMessages, bot.HistoryTokens,
            bot.Language, bot.WaitSeconds, bot.LongestWaitSeconds, bot.TimeoutSeconds, bot.ReadHours(), bot.TimeZone, bot.HandOverWords, bot.Fallback, bot.DailyTokenLimit, bot.ConversationTokenLimit,
            bot.SessionDays, url, model, bot.IsWithinHours(time.GetUtcNow()), bot.LastError, bot.LastErrorAt, today.PromptTokens + today.CompletionTokens, today.Answers);
    }
}
