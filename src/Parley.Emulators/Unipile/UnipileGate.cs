using System.Collections.Concurrent;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Parley.Emulators.Unipile;

/// <summary>What each call passes: the key, the count, and whatever shall go wrong.</summary>
internal sealed class UnipileGate(UnipileStore store, TimeProvider time)
{
    public const string Base = "/unipile/api/v1";
    static readonly object Fault = new();
    readonly ConcurrentDictionary<(string Route, string Account), int> _calls = new();
    readonly Lock _gate = new();
    long _second;
    int _thisSecond;

    public UnipileFaults Faults { get; set; } = new();

    public async Task PassAsync(HttpContext http, RequestDelegate next)
    {
        var faults = Faults;
        var key = http.Request.Headers["X-API-KEY"].ToString();
        if (key is "" or "bad" || faults.ApiKey != "" && key != faults.ApiKey)
        {
            await UnipileErrors.Answer("missing_credentials").ExecuteAsync(http);
            return;
        }
        var route = RouteOf(http);
        var account = AccountOf(http);
        _calls.AddOrUpdate((route, account?.Id ?? ""), 1, (_, count) => count + 1);
        if (faults.LatencyMs > 0) await Task.Delay(faults.LatencyMs, http.RequestAborted);
        var refused = faults.RateLimitPerSecond > 0 && !WithinRate(faults.RateLimitPerSecond) ? "too_many_requests"
            : faults.Rules.FirstOrDefault(rule => rule.Takes(route, account?.Id, http.Request.Path)) is { } rule ? rule.Kind
            : null;
        if (refused is null) await next(http);
        else await GoWrongAsync(refused, account, faults, http, next);
    }

    /// <summary>How often each route was called, for one account or for all.</summary>
    public SortedDictionary<string, int> Calls(string? account)
    {
        var calls = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var ((route, of), count) in _calls)
            if (account is null || account == of) calls[route] = calls.GetValueOrDefault(route) + count;
        return calls;
    }

    public void ClearCalls() => _calls.Clear();

    /// <summary>The last step of every answer: its bytes, or as much of them as a fault lets through.</summary>
    public static async Task SendAsync(HttpContext http, ReadOnlyMemory<byte> body)
    {
        var fault = http.Items[Fault] as string;
        if (fault == "lose_answer")
        {
            http.Abort();
            return;
        }
        if (fault == "hang")
        {
            try { await Task.Delay(Timeout.Infinite, http.RequestAborted); }
            catch (OperationCanceledException) { }
            return;
        }
        var sent = fault is "truncated" or "cut" ? body[..(body.Length / 2)] : body;
        // Fewer bytes than announced: the server hangs up after them.
        http.Response.ContentLength = fault == "truncated" ? sent.Length : body.Length;
        await http.Response.Body.WriteAsync(sent, http.RequestAborted);
    }

    /// <summary>The cursor of an answer: the next one, or by a fault the one that was given.</summary>
    public static string? CursorOf(HttpContext http, string? given, string? next) => http.Items[Fault] is "repeated_cursor" ? given ?? next : next;

    /// <summary>"GET /chats/{chat_id}/messages".</summary>
    public static string RouteOf(HttpContext http) =>
        $"{http.Request.Method} {((http.GetEndpoint() as RouteEndpoint)?.RoutePattern is { } pattern && !IsFallback(pattern) ? pattern.RawText![Base.Length..] : "(unknown)")}";

    static bool IsFallback(RoutePattern pattern) => pattern.Parameters.Any(parameter => parameter.IsCatchAll);

    async Task GoWrongAsync(string kind, UnipileAccount? account, UnipileFaults faults, HttpContext http, RequestDelegate next)
    {
        switch (kind)
        {
            case "drop":
                http.Abort();
                return;
            case "html":
                http.Response.StatusCode = 502;
                http.Response.ContentType = "text/html";
                await http.Response.WriteAsync("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n");
                return;
            case "vanish":
                if (account is not null) store.Remove(account.Id);
                await next(http);
                return;
            case "truncated" or "cut" or "repeated_cursor" or "lose_answer" or "hang":
                http.Items[Fault] = kind;
                await next(http);
                return;
            default:
                if (kind == "too_many_requests" && faults.RetryAfter > 0) http.Response.Headers.RetryAfter = faults.RetryAfter.ToString();
                await UnipileErrors.Answer(kind, "Emulated.").ExecuteAsync(http);
                return;
        }
    }

    bool WithinRate(int limit)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            if (now != _second) (_second, _thisSecond) = (now, 0);
            return ++_thisSecond <= limit;
        }
    }

    // By what stands in the path or the query; a body is not looked into.
    UnipileAccount? AccountOf(HttpContext http)
    {
        foreach (var (_, value) in http.Request.RouteValues)
            if (value is string id && store.AccountOf(id) is { } account) return account;
        if (store.FindAccount(http.Request.Query["account_id"]) is { } asked) return asked;
        return http.Request.Query.ContainsKey("cursor") && UnipileQuery.Read(http.Request).Query is { AccountIds: [var first] } ? store.FindAccount(first) : null;
    }
}
