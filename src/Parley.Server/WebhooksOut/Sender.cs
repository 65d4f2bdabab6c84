using System.Text;
using Parley.Server.Egress;

namespace Parley.Server.WebhooksOut;

/// <summary>What one try brought.</summary>
/// <param name="StatusCode">Null when there was no whole answer.</param>
/// <param name="Error">Null when it was delivered.</param>
/// <param name="RetryAfter">How long the other side asks to be left alone.</param>
internal sealed record Attempt(int? StatusCode, string? Error, string? Excerpt, int TookMs, TimeSpan? RetryAfter = null)
{
    public bool IsDelivered => Error is null;

    /// <summary>Whoever runs it wants no more.</summary>
    public bool IsGone => StatusCode == 410;
}

/// <summary>Signs one delivery and sends it, once.</summary>
internal sealed class Sender(EgressClient egress, TimeProvider time)
{
    const int LongestExcerpt = 500;
    static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    static readonly EgressLimits Limits = new(TimeSpan.FromSeconds(15), LongestBody: 4 * 1024);

    /// <param name="id">The receiver's webhook-id: the same at each try.</param>
    public async Task<Attempt> SendAsync(string url, Guid id, byte[] payload, IReadOnlyList<string> secrets, CancellationToken cancellationToken)
    {
        var headers = Signature.Headers($"msg_{id:N}", time.GetUtcNow(), payload, secrets);
        try
        {
            var answer = await egress.SendAsync(new(HttpMethod.Post, new Uri(url), headers, payload, "application/json"), Limits, cancellationToken);
            return new(answer.Status, Wrong(answer.Status), Excerpt(answer.Body, [.. secrets, headers["webhook-signature"]]), (int)answer.Took.TotalMilliseconds, Pause(answer));
        }
        catch (EgressException failure)
        {
            return new(null, failure.Message, null, (int)failure.Took.TotalMilliseconds);
        }
    }

    static string? Wrong(int status) => status switch
    {
        >= 200 and < 300 => null,
        >= 300 and < 400 => $"It answered {status}: redirects are not followed. Enter the address that it leads to.",
        401 or 403 => $"It answered {status}: it refuses us. Its secret may be another one.",
        404 => "It answered 404: nothing is at this address.",
        410 => "It answered 410: whoever runs it wants no more.",
        429 => "It answered 429: it wants to be asked less often.",
        _ => $"It answered {status}.",
    };

    static TimeSpan? Pause(EgressAnswer answer) =>
        answer.Status is 429 or 503 && answer.Headers.TryGetValue("Retry-After", out var text) && int.TryParse(text, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestPause.TotalSeconds))
            : null;

    // An answer that repeats what it got does not put our proofs into the log.
    static string? Excerpt(byte[] body, IEnumerable<string> secrets)
    {
        if (body.Length == 0) return null;
        var text = secrets.Aggregate(Encoding.UTF8.GetString(body), (left, secret) => left.Replace(secret, "[redacted]").Replace(secret[(secret.IndexOfAny(['_', ',']) + 1)..], "[redacted]"));
        text = string.Concat(text.Where(letter => letter is '\n' or '\t' || !char.IsControl(letter) && !char.IsSurrogate(letter)));
        return text.Length > LongestExcerpt ? text[..LongestExcerpt] + "…" : text;
    }
}
