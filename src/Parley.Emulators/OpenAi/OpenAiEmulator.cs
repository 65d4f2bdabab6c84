using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Emulators.OpenAi;

/// <summary>A model server: chat completions as OpenAI describes them, without streaming. What it answers with is <see cref="RuleModel"/>.</summary>
internal sealed class OpenAiEmulator(TimeProvider time)
{
    const int MostKept = 5000;
    readonly ConcurrentQueue<JsonObject> _ledger = new();
    int _count;

    public OpenAiFaults Faults { get; set; } = new();

    public IReadOnlyCollection<JsonObject> Ledger => _ledger;

    public void ClearLedger() => _ledger.Clear();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/openai/v1/chat/completions", (HttpContext http, OpenAiEmulator emulator) => emulator.CompleteAsync(http));
        routes.MapGet("/openai/v1/models", (HttpRequest request) => IsRefused(request) ? Error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key")
            : Results.Json(new { @object = "list", data = new[] { new { id = "parley-rules", @object = "model", created = 1_760_000_000, owned_by = "emulator" } } }));
    }

    async Task<IResult> CompleteAsync(HttpContext http)
    {
        JsonNode? request;
        try { request = await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted); }
        catch (System.Text.Json.JsonException) { return Error(400, "We could not parse the JSON body of your request.", "invalid_request_error"); }
        if (IsRefused(http.Request)) return Error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key");
        if (Wrong(request) is { } wrong) return wrong;

        var number = Interlocked.Increment(ref _count);
        var entry = new JsonObject
        {
            ["id"] = $"chatcmpl-emu{number:000000}", ["at"] = time.GetUtcNow().ToString("O"), ["model"] = request.Text("model"), ["authorization"] = http.Request.Headers.Authorization.ToString(), ["request"] = request!.DeepClone(),
        };
        _ledger.Enqueue(entry);
        while (_ledger.Count > MostKept) _ledger.TryDequeue(out _);

        var faults = Faults;
        if (faults.LatencyMs > 0) await Task.Delay(faults.LatencyMs, http.RequestAborted);
        if (faults.Take(one => one.HangNext, (one, left) => one.HangNext = left)) await Task.Delay(Timeout.Infinite, http.RequestAborted);
        if (faults.Take(one => one.FailNext, (one, left) => one.FailNext = left)) return Refuse(http, faults);
        return await AnswerAsync(http, request, entry, faults);
    }

    static IResult Refuse(HttpContext http, OpenAiFaults faults)
    {
        if (faults.RetryAfter is { } after) http.Response.Headers.RetryAfter = after;
        if (faults.ShouldRetry is { } retry) http.Response.Headers["x-should-retry"] = retry;
        return faults.Take(one => one.HtmlNext, (one, left) => one.HtmlNext = left)
            ? Results.Content("<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html", statusCode: faults.Status)
            : Error(faults.Status, "The emulator was asked to refuse this.", faults.Type, faults.Code);
    }

    async Task<IResult> AnswerAsync(HttpContext http, JsonNode request, JsonObject entry, OpenAiFaults faults)
    {
        var (text, finish, refusal) = Say(request, faults);
        var message = new JsonObject { ["role"] = "assistant", ["content"] = text, ["refusal"] = refusal };
        if (finish == "tool_calls")
            message["tool_calls"] = new JsonArray(new JsonObject { ["id"] = "call_1", ["type"] = "function", ["function"] = new JsonObject { ["name"] = "refund", ["arguments"] = """{"amount": 100""" } });
        var answer = new JsonObject
        {
            ["id"] = (string)entry["id"]!, ["object"] = "chat.completion", ["created"] = DateTimeOffset.Parse((string)entry["at"]!).ToUnixTimeSeconds(), ["model"] = RuleModel.Name,
            ["choices"] = faults.Take(one => one.NoChoicesNext, (one, left) => one.NoChoicesNext = left) ? []
                : new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["logprobs"] = null, ["finish_reason"] = finish }),
            ["system_fingerprint"] = "emulator",
        };
        if (!faults.NoUsage)
        {
            var (prompt, completion) = (Messages(request).Sum(one => Tokens(one.Content)), Tokens(text ?? ""));
            answer["usage"] = new JsonObject { ["prompt_tokens"] = prompt, ["completion_tokens"] = completion, ["total_tokens"] = prompt + completion };
        }
        entry["answer"] = text;
        entry["answered_at"] = time.GetUtcNow().ToString("O");
        var body = Encoding.UTF8.GetBytes(answer.ToJsonString());
        if (faults.Take(one => one.CutNext, (one, left) => one.CutNext = left))
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = body.Length;
            await http.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
            await http.Response.Body.FlushAsync();
            http.Abort();
            return Results.Empty;
        }
        var whole = faults.Take(one => one.MalformedNext, (one, left) => one.MalformedNext = left) ? body[..(body.Length / 2)] : body;
        return Results.Bytes(whole, "application/json");
    }

    static (string? Text, string Finish, string? Refusal) Say(JsonNode request, OpenAiFaults faults)
    {
        if (faults.Take(one => one.EmptyNext, (one, left) => one.EmptyNext = left)) return ("", "stop", null);
        if (faults.Take(one => one.RefuseNext, (one, left) => one.RefuseNext = left)) return (null, "stop", "I cannot help with that.");
        if (faults.Take(one => one.FilterNext, (one, left) => one.FilterNext = left)) return ("I", "content_filter", null);
        if (faults.Take(one => one.ToolCallNext, (one, left) => one.ToolCallNext = left)) return (null, "tool_calls", null);
        var messages = Messages(request);
        var system = string.Join("\n\n", messages.Where(one => one.Role is "system" or "developer").Select(one => one.Content));
        var question = messages.LastOrDefault(one => one.Role == "user").Content ?? "";
        var text = faults.TakeReply() ?? (faults.Gullible ? RuleModel.Obey(system, question) : null) ?? RuleModel.Answer(system, question);
        var limit = Limit(request);
        return faults.EnforceLimit && limit < Tokens(text) ? (text[..Math.Min(text.Length, limit.Value * 4)], "length", null) : (text, "stop", null);
    }

    static IResult? Wrong(JsonNode? request)
    {
        if (request.Text("model") is not { Length: > 0 } model) return Error(400, "you must provide a model parameter", "invalid_request_error", null, "model");
        if (model.StartsWith("no-such", StringComparison.Ordinal)) return Error(404, $"The model `{model}` does not exist or you do not have access to it.", "invalid_request_error", "model_not_found", "model");
        if (request.Member("messages") is not JsonArray { Count: > 0 } messages) return Error(400, "Invalid 'messages': expected a non-empty array.", "invalid_request_error", null, "messages");
        if (messages.Any(message => message.Text("role") is not ("system" or "developer" or "user" or "assistant" or "tool") || message.Member("content") is null && message.Member("tool_calls") is null))
            return Error(400, "Invalid 'messages': each needs a role and a content.", "invalid_request_error", null, "messages");
        if (request.Flag("stream")) return Error(400, "This server does not stream.", "invalid_request_error", "unsupported_value", "stream");
        if (request.Member("temperature") is JsonValue temperature && temperature.TryGetValue(out double warmth) && warmth is < 0 or > 2) return Error(400, "Invalid 'temperature'.", "invalid_request_error", null, "temperature");
        return Messages(request!).Sum(one => Tokens(one.Content)) > 128_000 ? Error(400, "This model's maximum context length is 128000 tokens.", "invalid_request_error", "context_length_exceeded", "messages") : null;
    }

    static List<(string? Role, string Content)> Messages(JsonNode request) =>
        [.. ((JsonArray)request["messages"]!).Select(message => (message.Text("role"), message.Text("content") ?? string.Concat((message.Member("content") as JsonArray ?? []).Select(part => part.Text("text")))))];

    static int? Limit(JsonNode request) => (request["max_completion_tokens"] ?? request["max_tokens"]) is JsonValue value && value.TryGetValue(out int limit) ? limit : null;

    // Deterministic, and about right.
    static int Tokens(string text) => (text.Length + 3) / 4;

    static bool IsRefused(HttpRequest request) => request.Headers.Authorization.ToString() is "Bearer bad" or "Bearer ";

    static IResult Error(int status, string message, string type, string? code = null, string? param = null) =>
        Results.Json(new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = param, ["code"] = code } }, statusCode: status);
}
