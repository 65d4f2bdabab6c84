using System.Text.Json;

namespace Parley.Server.Bot;

/// <summary>What an account's bot shall be. What is not given takes its default, but for the key, which stays.</summary>
/// <param name="BaseUrl">The model server, up to and without /chat/completions; null is the installation's.</param>
/// <param name="ApiKey">Stored encrypted and never shown; an empty text takes it away. The installation's key only ever goes to the installation's server.</param>
/// <param name="Temperature">0 to 2; null leaves it to the model, as reasoning models demand.</param>
/// <param name="TokenField">How the server calls the limit of an answer: max_completion_tokens, or max_tokens for many servers of one's own.</param>
/// <param name="HistoryMessages">The model gets so many of the newest messages of the chat…</param>
/// <param name="HistoryTokens">… as far as they fit into so many tokens.</param>
/// <param name="Language">In what language it answers; null is the customer's.</param>
/// <param name="WaitSeconds">It answers when nothing came for so long…</param>
/// <param name="LongestWaitSeconds">… but no later than this after the first message.</param>
/// <param name="Hours">When it answers; null is always.</param>
/// <param name="HandOverWords">A message with one of these goes to a person.</param>
/// <param name="Fallback">Said once when the model gives no answer; empty says nothing.</param>
/// <param name="SessionDays">A chat that rested so long is over; the next message begins another, without memory of it.</param>
public sealed record BotRequest(
    bool? IsOn = null, string? BaseUrl = null, string? ApiKey = null, string? Model = null, string? SystemPrompt = null, decimal? Temperature = null, string? TokenField = null,
    int? AnswerTokens = null, int? HistoryMessages = null, int? HistoryTokens = null, string? Language = null, decimal? WaitSeconds = null, int? LongestWaitSeconds = null,
    int? TimeoutSeconds = null, IReadOnlyList<BotHours>? Hours = null, string? TimeZone = null, IReadOnlyList<string>? HandOverWords = null, string? Fallback = null,
    long? DailyTokenLimit = null, long? ConversationTokenLimit = null, int? SessionDays = null);

/// <summary>An account's bot. Shows what it is set to, and what it did today.</summary>
/// <param name="HasKey">It has a key of its own.</param>
/// <param name="EffectiveUrl">Where it asks.</param>
/// <param name="EffectiveModel">What it asks there.</param>
/// <param name="IsWithinHours">False while it rests.</param>
/// <param name="LastError">What somebody must put right before it can answer.</param>
/// <param name="TokensToday">Of the day in its time zone.</param>
public sealed record BotView(
    Guid IntegrationId, bool IsOn, string? BaseUrl, bool HasKey, string? Model, string SystemPrompt, decimal? Temperature, string TokenField, int AnswerTokens, int HistoryMessages,
    int HistoryTokens, string? Language, decimal WaitSeconds, int LongestWaitSeconds, int TimeoutSeconds, IReadOnlyList<BotHours>? Hours, string TimeZone,
    IReadOnlyList<string> HandOverWords, string Fallback, long? DailyTokenLimit, long? ConversationTokenLimit, int SessionDays, string EffectiveUrl, string EffectiveModel,
    bool IsWithinHours, string? LastError, DateTimeOffset? LastErrorAt, long TokensToday, int AnswersToday);

/// <summary>What a bot used on one day.</summary>
/// <param name="Calls">Answers of the model, also those that were not sent because something newer came.</param>
public sealed record BotDay(DateOnly Day, long PromptTokens, long CompletionTokens, int Calls, int Answers);

/// <summary>An account's bot as it is stored; as it would be, where nobody has set anything.</summary>
internal sealed class BotRow
{
    public const string DefaultPrompt = "You answer customers in a chat, in the name of the business that they write to. Be friendly and brief.";
    public const string DefaultFallback = "I cannot answer that just now. A colleague will get back to you.";

    /// <summary>The select list of this row, of bots as b.</summary>
    public const string Columns = """
        b.integration_id, b.is_on, b.on_since, b.base_url, b.api_key, b.model, b.system_prompt, b.temperature, b.token_field, b.answer_tokens, b.history_messages, b.history_tokens, b.language,
        b.wait_seconds, b.longest_wait_seconds, b.timeout_seconds, b.hours::text as hours, b.time_zone, b.hand_over_words, b.fallback, b.daily_token_limit, b.conversation_token_limit,
        b.session_days, b.last_error, b.last_error_at
        """;

    public Guid IntegrationId { get; init; }
    public bool IsOn { get; init; }
    public DateTimeOffset? OnSince { get; init; }
    public string? BaseUrl { get; init; }
    public byte[]? ApiKey { get; init; }
    public string? Model { get; init; }
    public string SystemPrompt { get; init; } = DefaultPrompt;
    public decimal? Temperature { get; init; } = 0.3m;
    public string TokenField { get; init; } = "max_completion_tokens";
    public int AnswerTokens { get; init; } = 500;
    public int HistoryMessages { get; init; } = 30;
    public int HistoryTokens { get; init; } = 3000;
    public string? Language { get; init; }
    public decimal WaitSeconds { get; init; } = 3;
    public int LongestWaitSeconds { get; init; } = 90;
    public int TimeoutSeconds { get; init; } = 30;
    public string? Hours { get; init; }
    public string TimeZone { get; init; } = "UTC";
    public string[] HandOverWords { get; init; } = ["human", "operator", "talk to a person"];
    public string Fallback { get; init; } = DefaultFallback;
    public long? DailyTokenLimit { get; init; }
    public long? ConversationTokenLimit { get; init; }
    public int SessionDays { get; init; } = 30;
    public string? LastError { get; init; }
    public DateTimeOffset? LastErrorAt { get; init; }

    public TimeSpan Wait => TimeSpan.FromSeconds((double)WaitSeconds);
    public TimeSpan LongestWait => TimeSpan.FromSeconds(Math.Max(LongestWaitSeconds, (double)WaitSeconds));

    public IReadOnlyList<BotHours>? ReadHours() => Hours is null ? null : JsonSerializer.Deserialize<List<BotHours>>(Hours, BotHours.Json);

    public bool IsWithinHours(DateTimeOffset now) => BotHours.Contain(ReadHours(), TimeZone, now);

    /// <summary>The day that a limit counts: in its own time zone.</summary>
    public DateOnly Today(DateTimeOffset now) => DateOnly.FromDateTime(BotHours.Local(TimeZone, now).DateTime);
}
