using Parley.Server.Platform.Http;

namespace Parley.Server.Bot;

/// <summary>What can be wrong with the settings of a bot.</summary>
internal static class BotForm
{
    const int LongestPrompt = 20_000;

    /// <summary>What is wrong, by field; empty when nothing is.</summary>
    public static Dictionary<string, string[]> Check(BotRequest request)
    {
        var errors = new Dictionary<string, string[]>();
        if (!string.IsNullOrWhiteSpace(request.BaseUrl) && !(Uri.TryCreate(request.BaseUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0 && url.UserInfo.Length == 0))
            errors["base_url"] = ["It must be an address such as https://api.openai.com/v1."];
        foreach (var (name, text, most) in new[]
        {
            ("base_url", request.BaseUrl, 500), ("api_key", request.ApiKey, 1000), ("model", request.Model, 200), ("system_prompt", request.SystemPrompt, LongestPrompt),
            ("language", request.Language, 100), ("fallback", request.Fallback, 1000),
        })
            if (text is not null && Texts.Wrong(text, most) is { } wrong) errors.TryAdd(name, [wrong]);
        if (request.ApiKey is { } key && key.Any(character => character is < ' ' or > '~')) errors.TryAdd("api_key", ["It holds a character that no key has."]);
        if (request.Temperature is < 0 or > 2) errors["temperature"] = ["It must be from 0 to 2."];
        if (request.TokenField is not (null or "max_completion_tokens" or "max_tokens")) errors["token_field"] = ["It must be max_completion_tokens or max_tokens."];
        Bound(errors, "answer_tokens", request.AnswerTokens, 16, 8000);
        Bound(errors, "history_messages", request.HistoryMessages, 1, 200);
        Bound(errors, "history_tokens", request.HistoryTokens, 100, 100_000);
        if (request.WaitSeconds is < 0 or > 60) errors["wait_seconds"] = ["It must be from 0 to 60."];
        Bound(errors, "longest_wait_seconds", request.LongestWaitSeconds, 1, 600);
        Bound(errors, "timeout_seconds", request.TimeoutSeconds, 1, 120);
        Bound(errors, "session_days", request.SessionDays, 1, 3650);
        Bound(errors, "daily_token_limit", request.DailyTokenLimit, 1, 1_000_000_000_000);
        Bound(errors, "conversation_token_limit", request.ConversationTokenLimit, 1, 1_000_000_000_000);
        if (request.Hours is { Count: > 50 }) errors["hours"] = ["At most 50 stretches are possible."];
        else if (request.Hours?.Select(stretch => stretch is null ? "A stretch is missing." : stretch.Wrong()).FirstOrDefault(wrong => wrong is not null) is { } bad) errors["hours"] = [bad];
        if (!string.IsNullOrWhiteSpace(request.TimeZone) && !TimeZoneInfo.TryFindSystemTimeZoneById(request.TimeZone, out _))
            errors["time_zone"] = ["It is not a time zone that this computer knows. Write it as Europe/Berlin or UTC."];
        if (request.HandOverWords is { Count: > 100 }) errors["hand_over_words"] = ["At most 100 are possible."];
        else if (request.HandOverWords?.Any(word => string.IsNullOrWhiteSpace(word) || Texts.Wrong(word, 100) is not null) == true) errors["hand_over_words"] = ["Each must have 1 to 100 characters."];
        return errors;
    }

    static void Bound(Dictionary<string, string[]> errors, string name, long? value, long least, long most)
    {
        if (value < least || value > most) errors[name] = [$"It must be from {least:N0} to {most:N0}."];
    }
}
