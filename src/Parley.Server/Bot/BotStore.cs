using System.Text.Json;
using Parley.Server.Audit;
using Parley.Server.Bot.Answering;
using Parley.Server.Feed;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Bot;

/// <summary>Whether a day's limit has room for an answer: None when it is used up, Later when only answers that are under way fill it.</summary>
internal enum Room { Enough, Later, None }

/// <summary>Reads and writes what bots are set to, and what they used.</summary>
internal sealed class BotStore(TenantDatabase database, SecretBox secrets, TimeProvider time)
{
    // All tries at a model that takes its time, and once more with less history.
    static readonly TimeSpan LongestAnswer = TimeSpan.FromMinutes(20);

    public Task<BotRow?> FindAsync(Guid tenant, Guid integration, CancellationToken cancellationToken) =>
        database.FindAsync<BotRow>(tenant, $"select {BotRow.Columns} from bots b where b.tenant_id = @tenant and b.integration_id = @integration", new { integration }, cancellationToken);

    public string? ReadKey(Guid tenant, BotRow bot) =>
        bot.ApiKey is { } box ? secrets.Unprotect(tenant, bot.IntegrationId, box)?.GetValueOrDefault("api_key") : null;

    /// <summary>Null when the integration is not here. Switching on begins with what comes from now on.</summary>
    public Task<BotRow?> SaveAsync(Guid tenant, Guid integration, BotRequest request, CancellationToken cancellationToken)
    {
        var otherwise = new BotRow();
        var key = request.ApiKey is { Length: > 0 } given ? secrets.Protect(tenant, integration, new Dictionary<string, string> { ["api_key"] = given }) : null;
        return database.ChangeAsync(tenant, async change =>
        {
            var before = await change.FindAsync<BotRow>($"select {BotRow.Columns} from bots b where b.tenant_id = @tenant and b.integration_id = @integration", new { integration }, cancellationToken);
            var row = await change.FindAsync<BotRow>($"""
                insert into bots as b (tenant_id, integration_id, is_on, on_since, base_url, api_key, model, system_prompt, temperature, token_field, answer_tokens, history_messages, history_tokens, language,
                    wait_seconds, longest_wait_seconds, timeout_seconds, hours, time_zone, hand_over_words, fallback, daily_token_limit, conversation_token_limit, session_days, created_at, updated_at)
                select @tenant, i.id, @isOn, case when @isOn then @now::timestamptz end, @baseUrl, @key, @model, @prompt, @Temperature, @tokenField, @answerTokens, @historyMessages, @historyTokens, @language,
                    @wait, @longestWait, @timeout, @hours::jsonb, @zone, @words, @fallback, @DailyTokenLimit, @ConversationTokenLimit, @sessionDays, @now, @now
                from integrations i
                where i.tenant_id = @tenant and i.id = @integration
                on conflict (tenant_id, integration_id) do update set
                    is_on = excluded.is_on, on_since = case when b.is_on and excluded.is_on then b.on_since else excluded.on_since end,
                    base_url = excluded.base_url, api_key = case when @keepsKey then b.api_key else excluded.api_key end, model = excluded.model, system_prompt = excluded.system_prompt,
                    temperature = excluded.temperature, token_field = excluded.token_field, answer_tokens = excluded.answer_tokens, history_messages = excluded.history_messages,
                    history_tokens = excluded.history_tokens, language = excluded.language, wait_seconds = excluded.wait_seconds, longest_wait_seconds = excluded.longest_wait_seconds,
                    timeout_seconds = excluded.timeout_seconds, hours = excluded.hours, time_zone = excluded.time_zone, hand_over_words = excluded.hand_over_words, fallback = excluded.fallback,
                    daily_token_limit = excluded.daily_token_limit, conversation_token_limit = excluded.conversation_token_limit, session_days = excluded.session_days,
                    last_error = null, last_error_at = null, updated_at = excluded.updated_at
                returning {BotRow.Columns}
                """, new
            {
                integration, isOn = request.IsOn ?? false, baseUrl = Empty(request.BaseUrl)?.TrimEnd('/'), key, keepsKey = request.ApiKey is null, model = Empty(request.Model),
                prompt = Empty(request.SystemPrompt) ?? otherwise.SystemPrompt, request.Temperature, tokenField = request.TokenField ?? otherwise.TokenField,
                answerTokens = request.AnswerTokens ?? otherwise.AnswerTokens, historyMessages = request.HistoryMessages ?? otherwise.HistoryMessages, historyTokens = request.HistoryTokens ?? otherwise.HistoryTokens,
                language = Empty(request.Language), wait = request.WaitSeconds ?? otherwise.WaitSeconds, longestWait = request.LongestWaitSeconds ?? otherwise.LongestWaitSeconds,
                timeout = request.TimeoutSeconds ?? otherwise.TimeoutSeconds, hours = request.Hours is { Count: > 0 } hours ? JsonSerializer.Serialize(hours, BotHours.Json) : null,
                zone = Empty(request.TimeZone) ?? otherwise.TimeZone, words = request.HandOverWords?.Select(word => word.Trim()).Distinct().ToArray() ?? otherwise.HandOverWords,
                fallback = request.Fallback?.Trim() ?? otherwise.Fallback, request.DailyTokenLimit, request.ConversationTokenLimit, sessionDays = request.SessionDays ?? otherwise.SessionDays, now = change.Now,
            }, cancellationToken);
            if (row is null) return null;
            // From where the feed is now; it is locked last, and so is what this change tells.
            await change.ExecuteAsync("""
                insert into bot_cursors (tenant_id, seq)
                select @tenant, coalesce(max(h.seq), 0) from feed_heads h where h.tenant_id = @tenant
                on conflict (tenant_id) do nothing
                """, null, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, "bot.updated", "bot", integration, Audited(before), Audited(row)));
            change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: integration));
            return row;
        }, cancellationToken);
    }

    /// <summary>The newest first.</summary>
    public Task<IReadOnlyList<BotDay>> ListDaysAsync(Guid tenant, Guid integration, int most, CancellationToken cancellationToken) =>
        database.ListAsync<BotDay>(tenant, """
            select day, prompt_tokens, completion_tokens, calls, answers
            from bot_usage
            where tenant_id = @tenant and integration_id = @integration
            order by day desc
            limit @most
            """, new { integration, most }, cancellationToken);

    public async Task<BotDay> FindTodayAsync(Guid tenant, BotRow bot, CancellationToken cancellationToken)
    {
        var today = bot.Today(time.GetUtcNow());
        return (await ListDaysAsync(tenant, bot.IntegrationId, 2, cancellationToken)).FirstOrDefault(day => day.Day == today) ?? new(today, 0, 0, 0, 0);
    }

    /// <summary>Keeps aside what an answer may cost, so that many at once do not overrun the day's limit together. A bot without a limit keeps nothing.</summary>
    public async Task<Room> ReserveAsync(Guid tenant, Turn turn, long tokens, CancellationToken cancellationToken)
    {
        if (turn.Bot.DailyTokenLimit is not { } limit) return Room.Enough;
        return await database.ChangeAsync(tenant, async change =>
        {
            var arguments = new { integration = turn.Bot.IntegrationId, conversation = turn.Conversation.ConversationId, day = turn.Bot.Today(change.Now).ToDateTime(TimeOnly.MinValue), tokens, now = change.Now, until = change.Now + LongestAnswer };
            // One after the other, for each bot.
            await change.ExecuteAsync("select from bots where tenant_id = @tenant and integration_id = @integration for no key update", arguments, cancellationToken);
            var (used, others) = await change.FindAsync<(long Used, long Others)>("""
                select coalesce((select prompt_tokens + completion_tokens from bot_usage where tenant_id = @tenant and integration_id = @integration and day = @day), 0),
                    coalesce((select sum(tokens)::bigint from bot_reservations where tenant_id = @tenant and integration_id = @integration and conversation_id <> @conversation and until > @now), 0)
                """, arguments, cancellationToken);
            if (used + tokens > limit) return Room.None;
            if (used + others + tokens > limit) return Room.Later;
            await change.ExecuteAsync("""
                insert into bot_reservations (tenant_id, conversation_id, integration_id, tokens, until)
                values (@tenant, @conversation, @integration, @tokens, @until)
                on conflict (tenant_id, conversation_id) do update set integration_id = excluded.integration_id, tokens = excluded.tokens, until = excluded.until
                """, arguments, cancellationToken);
            return Room.Enough;
        }, cancellationToken);
    }

    /// <summary>In the transaction that counts what was used in the end.</summary>
    public static Task ReleaseAsync(Change change, Guid conversation, CancellationToken cancellationToken) =>
        change.ExecuteAsync("delete from bot_reservations where tenant_id = @tenant and conversation_id = @conversation", new { conversation }, cancellationToken);

    /// <summary>Adds to what the bot used today. In the transaction of what came of it.</summary>
    public static Task CountAsync(Change change, Guid integration, DateOnly day, int promptTokens, int completionTokens, int calls, int answers, CancellationToken cancellationToken) =>
        change.ExecuteAsync("""
            insert into bot_usage as u (tenant_id, integration_id, day, prompt_tokens, completion_tokens, calls, answers)
            values (@tenant, @integration, @day, @promptTokens, @completionTokens, @calls, @answers)
            on conflict (tenant_id, integration_id, day) do update set
                prompt_tokens = u.prompt_tokens + excluded.prompt_tokens, completion_tokens = u.completion_tokens + excluded.completion_tokens,
                calls = u.calls + excluded.calls, answers = u.answers + excluded.answers
            """, new { integration, day = day.ToDateTime(TimeOnly.MinValue), promptTokens, completionTokens, calls, answers }, cancellationToken);

    /// <summary>Says on the settings what a person must put right, or that it is right again.</summary>
    public static async Task SetErrorAsync(Change change, Guid tenant, Guid integration, string? error, CancellationToken cancellationToken)
    {
        var changed = await change.ExecuteAsync("""
            update bots set last_error = @error, last_error_at = case when @error is null then null else @now::timestamptz end
            where tenant_id = @tenant and integration_id = @integration and last_error is distinct from @error
            """, new { integration, error, now = change.Now }, cancellationToken);
        if (changed > 0) change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: integration));
    }

    static object? Audited(BotRow? bot) => bot is null ? null : new
    {
        bot.IsOn, bot.BaseUrl, OwnKey = bot.ApiKey is not null, bot.Model, bot.SystemPrompt, bot.Temperature, bot.Language, bot.TimeZone, bot.HandOverWords, bot.Fallback, bot.DailyTokenLimit, bot.ConversationTokenLimit,
    };

    static string? Empty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
