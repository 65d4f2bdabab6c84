using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Server.Bot.Model;

/// <summary>Reads what a model server answered: defensively, because compatible servers leave out and add members, and put errors into many forms.</summary>
internal static class ModelReading
{
    public static ModelAnswer Read(ModelRequest request, int status, ReadOnlyMemory<byte> body, Func<string, string?> header, DateTimeOffset now)
    {
        JsonNode? json;
        try { json = JsonNode.Parse(body.Span); }
        catch (JsonException) { json = null; }
        if (status is < 200 or > 299) return ModelAnswer.Failed(Refusal(status, json, header, now));
        if (json is not JsonObject answer) return ModelAnswer.Failed(new("unreadable", "The model server's answer cannot be read.", MayPass: true));

        var choice = Member(answer["choices"], 0);
        var message = Member(choice, "message");
        var text = TextOf(Member(message, "content"))?.Trim();
        var finish = Text(choice, "finish_reason");
        var (prompt, completion, isEstimate) = Usage(request, answer["usage"], text);
        ModelAnswer With(string? words, ModelFailure? failure) => new(words, failure, Text(answer, "model") ?? request.Model, prompt, completion, isEstimate);

        // What was refused once is refused again: that is for a person.
        if (finish == "content_filter" || string.IsNullOrEmpty(text) && Text(message, "refusal") is { Length: > 0 }) return With(null, new("refused", "The model refused to answer."));
        if (string.IsNullOrEmpty(text)) return With(null, new("empty", "The model gave an empty answer.", MayPass: true));
        // Cut off in the middle: what stands in whole sentences is still an answer.
        if (finish == "length") return Answering.AnswerText.WholeSentences(text) is { } whole ? With(whole, null) : With(null, new("cut_off", "The model's answer was longer than it may be, and was cut off."));
        return With(text, null);
    }

    static ModelFailure Refusal(int status, JsonNode? json, Func<string, string?> header, DateTimeOffset now)
    {
        var error = Member(json, "error");
        var code = $"{Text(error, "code")} {Text(error, "type")}";
        var failure = status switch
        {
            429 when code.Contains("quota", StringComparison.Ordinal) || code.Contains("balance", StringComparison.Ordinal) => new ModelFailure("no_credit", "The account at the model server has no credit left.", IsSetup: true),
            429 => new("rate_limited", "The model server asked to slow down.", MayPass: true),
            401 => new("key_refused", "The model server refused the key.", IsSetup: true),
            403 => new("forbidden", "The model server does not allow this to the account.", IsSetup: true),
            404 => new("not_found", "The model server does not know the model, or the address is not its own.", IsSetup: true),
            400 when code.Contains("context_length", StringComparison.Ordinal) => new("too_long", "The conversation is longer than the model can read."),
            408 or 409 or >= 500 => new("server_error", $"The model server answered with an error ({status}).", MayPass: true),
            _ => new("refused_request", $"The model server refused the request ({status}). A setting may not suit the model.", IsSetup: true),
        };
        // The server knows better than its status.
        if (header("x-should-retry") is "false") failure = failure with { MayPass = false };
        return failure with { RetryAfter = RetryAfter(header, now) };
    }

    static TimeSpan? RetryAfter(Func<string, string?> header, DateTimeOffset now)
    {
        if (double.TryParse(header("retry-after-ms"), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is >= 0 and < 1e9) return TimeSpan.FromMilliseconds(milliseconds);
        var text = header("Retry-After");
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e6) return TimeSpan.FromSeconds(seconds);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var at) && at > now ? at - now : null;
    }

    static (int Prompt, int Completion, bool IsEstimate) Usage(ModelRequest request, JsonNode? usage, string? text)
    {
        var (prompt, completion) = (Number(usage, "prompt_tokens"), Number(usage, "completion_tokens"));
        return prompt is { } asked && completion is { } answered ? (asked, answered, false)
            : (request.Messages.Sum(message => Tokens(message.Content)), Tokens(text ?? ""), true);
    }

    /// <summary>About: four bytes each. Most scripts take fewer, none much more.</summary>
    public static int Tokens(string text) => Encoding.UTF8.GetByteCount(text) / 4 + 4;

    // Some servers give the content in parts.
    static string? TextOf(JsonNode? content) => content switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonArray parts => string.Concat(parts.Select(part => Text(part, "text"))),
        _ => null,
    };

    static JsonNode? Member(JsonNode? node, string name) => (node as JsonObject)?[name];

    static JsonNode? Member(JsonNode? node, int index) => node is JsonArray items && items.Count > index ? items[index] : null;

    static string? Text(JsonNode? node, string name) => Member(node, name) is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    static int? Number(JsonNode? node, string name) => Member(node, name) is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out int number) && number >= 0 ? number : null;
}
