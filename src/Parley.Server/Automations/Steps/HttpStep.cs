using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Egress;
using Parley.Server.Platform.Http;

namespace Parley.Server.Automations.Steps;

/// <summary>What a request brought.</summary>
/// <param name="Error">Null when it was answered with 2xx.</param>
/// <param name="IsWorthRepeating">It may work the next time.</param>
internal sealed record HttpResult(JsonObject? Result, string? Error, bool IsWorthRepeating);

/// <summary>A request that is to be made. Nothing of its headers' values is ever in what is kept of it, also where the answer repeats them.</summary>
internal sealed record HttpStep(EgressRequest Request, int Seconds, int Tries, IReadOnlyList<string> Secrets)
{
    const int Longest = 16 * 1024, ShortestSecret = 4;
    static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)];

    /// <summary>After so many tries.</summary>
    public static TimeSpan Pause(int tries) => Pauses[Math.Clamp(tries - 1, 0, Pauses.Length - 1)];

    public static PreparedStep Prepare(StepContext context, JsonObject config, int position)
    {
        var method = config.Text("method")?.ToUpperInvariant() ?? "POST";
        // A variable inside an address is data, not a part of its structure; one that is the beginning of it is the address.
        var address = TextTemplate.Fill(config.Text("url") ?? "", context.Variables, (value, index) => index == 0 ? value : Uri.EscapeDataString(value));
        if (!EgressClient.IsUsable(address, out var url)) throw new StepException("Its address is none that can be called: it must begin with http:// or https:// and hold no user name.");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var secrets = new List<string>();
        foreach (var (name, _) in config["headers"] as JsonObject ?? [])
        {
            var value = context.Fill(HeaderValues.Find(config["headers"]!.AsObject().Text(name) ?? "", context.Headers) ?? throw new StepException($"The value of the header {name} cannot be opened. Write it again."));
            if (!EgressClient.IsUsableHeader(name, value)) throw new StepException($"The header {name} cannot be set, or its value holds what a header cannot.");
            headers[name] = value;
            secrets.Add(value);
            if (value.IndexOf(' ') is > 0 and var space) secrets.Add(value[(space + 1)..]);   // Bearer …
        }
        byte[]? body = null;
        string? text = null, type = null;
        if (method is not "GET")
        {
            if (config["json"] is { } json) (text, type) = (TextTemplate.Fill(json, context.Variables)!.ToJsonString(DefinitionJson.Options), "application/json");
            else if (config.Text("body") is { } plain) (text, type) = (context.Fill(plain), config.Text("content_type") ?? "text/plain; charset=utf-8");
            if (text is not null) body = Encoding.UTF8.GetBytes(text);
        }
        // The same at each try: who receives it twice can tell.
        headers["Idempotency-Key"] = $"{context.RunId:N}-{position}";
        headers[EgressClient.RunHeader] = context.RunId.ToString();
        var step = new HttpStep(new(new HttpMethod(method), url, headers, body, type), Math.Clamp(config.Number("timeout_seconds") ?? 10, 1, 30), Math.Clamp(config.Number("tries") ?? 5, 1, 8), [.. secrets.Where(secret => secret.Length >= ShortestSecret)]);
        var input = new JsonObject { ["method"] = method, ["url"] = step.Redact(Shown(url)), ["headers"] = new JsonArray([.. headers.Keys.Select(name => (JsonNode)name)]) };
        if (text is not null) input["body"] = Texts.Storable(step.Redact(text), Longest);
        return new(input) { Http = step };
    }

    public async Task<HttpResult> SendAsync(EgressClient egress, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await egress.SendAsync(Request, new(TimeSpan.FromSeconds(Seconds), Longest, Redirects: 3), cancellationToken);
            var text = Redact(Texts.Storable(Encoding.UTF8.GetString(answer.Body), Longest));
            var result = new JsonObject { ["status"] = answer.Status, ["took_ms"] = (int)answer.Took.TotalMilliseconds, ["body"] = text };
            if (!answer.IsCut && Read(text) is { } json) result["json"] = json;
            if (answer.IsCut) result["is_cut"] = true;
            return answer.Status is >= 200 and < 300 ? new(result, null, false) : new(result, $"It answered {answer.Status}.", answer.Status is 408 or 425 or 429 or >= 500);
        }
        catch (EgressException failure)
        {
            return new(null, failure.Message, failure.Code is "timeout" or "unreachable" or "broken");
        }
    }

    string Redact(string text) => Redaction.Redact(text, Secrets);

    // What follows a question mark is often as good as a password.
    static string Shown(Uri url) => url.GetLeftPart(UriPartial.Path) + (url.Query.Length > 0 ? "?…" : "");

    static JsonNode? Read(string text)
    {
        try { return JsonNode.Parse(text, documentOptions: new() { MaxDepth = 32 }) is JsonNode json and (JsonObject or JsonArray) && Texts.Wrong(json, Longest * 2) is null ? json : null; }
        catch (JsonException) { return null; }
        catch (ArgumentException) { return null; }   // a member twice
    }
}
