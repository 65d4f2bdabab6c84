using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>What Meta's answer to a send means. The one question that matters: can the message have been taken?</summary>
internal static class MetaAnswer
{
    public static SendResult Read(HttpAnswer answer, OutboundMessage message, DateTimeOffset now)
    {
        var isSuccess = (int)answer.Status is >= 200 and < 300;
        var isServerError = (int)answer.Status >= 500;
        var said = $"HTTP {(int)answer.Status}";
        try
        {
            if (answer.Body is null) return SendResult.Failed(Paced(Silent(answer.Status, $"{said}, and the answer broke off."), answer, now));
            using var document = JsonDocument.Parse(answer.Body);
            var root = document.RootElement;

            if (isSuccess && FirstOf(root.Get("messages"u8)).Get("id"u8).Id() is { } id) return SendResult.Accepted(id, HandleOf(root, message));

            // An error can come with status 200 too.
            return SendResult.Failed(MetaErrors.Find(root, isServerError) is { } failure
                ? Paced(failure, answer, now)
                : Paced(Silent(answer.Status, $"{said} without a message id or an error code."), answer, now));
        }
        catch (JsonException)
        {
            return SendResult.Failed(Paced(Silent(answer.Status, $"{said}, and the answer is not Meta's."), answer, now));
        }
    }

    /// <summary>No word from Meta itself, only a status, perhaps from something in between. A refusal is still a refusal; a
    /// success or a 5xx tells nothing: a gateway says 502 when Meta took the message and was slow to say so.</summary>
    static SendFailure Silent(HttpStatusCode status, string words) => status switch
    {
        HttpStatusCode.TooManyRequests => SendFailure.RateLimited.From("429", words),
        HttpStatusCode.Unauthorized => SendFailure.AccountInvalid.From("401", words),
        HttpStatusCode.RequestTimeout => SendFailure.OutcomeUnknown.From("408", words),
        >= (HttpStatusCode)300 and < (HttpStatusCode)500 => SendFailure.Rejected.From($"{(int)status}", words),
        _ => SendFailure.OutcomeUnknown.From($"{(int)status}", words),
    };

    /// <summary>A 429 is a limit whatever its code says, and the longest wait that anybody asked for counts.</summary>
    static SendFailure Paced(SendFailure failure, HttpAnswer answer, DateTimeOffset now)
    {
        if (answer.Status == HttpStatusCode.TooManyRequests && failure.Code != SendFailure.RateLimited.Code)
            failure = SendFailure.RateLimited.From(failure.ProviderCode, failure.ProviderText);
        if (failure.Retry != Retry.Later) return failure;
        var asked = RetryAfter(answer.Headers, now);
        return asked > (failure.RetryAfter ?? TimeSpan.Zero) ? failure with { RetryAfter = asked } : failure;
    }

    static TimeSpan RetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter is { } header ? header.Delta ?? header.Date - now ?? TimeSpan.Zero : TimeSpan.Zero;
        if (headers.TryGetValues("X-Business-Use-Case-Usage", out var usages))
            foreach (var usage in usages) wait = Longer(wait, TimeToRegainAccess(usage));
        var day = TimeSpan.FromDays(1);
        return wait > day ? day : wait;
    }

    /// <summary>{"&lt;WABA id&gt;":[{"estimated_time_to_regain_access":minutes,…}]}. Present on every answer; 0 when nothing is wrong.</summary>
    static TimeSpan TimeToRegainAccess(string usage)
    {
        var longest = TimeSpan.Zero;
        try
        {
            using var document = JsonDocument.Parse(usage);
            if (!document.RootElement.IsObject()) return longest;
            foreach (var account in document.RootElement.EnumerateObject())
                foreach (var limit in account.Value.Items())
                    if (limit.Get("estimated_time_to_regain_access"u8).Whole() is > 0 and < 100_000 and var minutes)
                        longest = Longer(longest, TimeSpan.FromMinutes(minutes));
        }
        catch (JsonException)
        {
            // Not promised, so not missed.
        }
        return longest;
    }

    static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>WhatsApp may know the person by another number than the one dialled (Brazil's ninth digit).</summary>
    static string? HandleOf(JsonElement root, OutboundMessage message)
    {
        if (message.ToIsGroup) return null;
        var used = MetaPeople.Handle(FirstOf(root.Get("contacts"u8)).Get("wa_id"u8).Id());
        return used == MetaPeople.Handle(message.To) ? null : used;
    }

    static JsonElement FirstOf(JsonElement list)
    {
        foreach (var item in list.Items()) return item;
        return default;
    }
}
