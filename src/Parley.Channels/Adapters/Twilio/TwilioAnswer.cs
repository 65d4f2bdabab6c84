using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>What Twilio's answer to a send means. The one question that matters: can the message have been taken?</summary>
internal static class TwilioAnswer
{
    public static SendResult Read(HttpAnswer answer, DateTimeOffset now)
    {
        var said = $"HTTP {(int)answer.Status}";
        try
        {
            if (answer.Body is null) return Failed(Silent(answer.Status, $"{said}, and the answer broke off."), answer, now);
            using var document = JsonDocument.Parse(answer.Body);
            var root = document.RootElement;
            var isSuccess = (int)answer.Status is >= 200 and < 300;
            // A taken message has an error_code of its own, which is null; what was refused has a code.
            if (isSuccess && root.Get("sid"u8).Id() is { } id) return SendResult.Accepted(id);
            return Failed(TwilioErrors.Find(root, (int)answer.Status >= 500) ?? Silent(answer.Status, $"{said} without a message's SID or an error's number."), answer, now);
        }
        catch (JsonException)
        {
            return Failed(Silent(answer.Status, $"{said}, and the answer is not Twilio's."), answer, now);
        }
    }

    /// <summary>No word from Twilio itself, only a status, perhaps from something in between. A refusal is still a refusal; a
    /// success or a 5xx tells nothing.</summary>
    static SendFailure Silent(HttpStatusCode status, string words) => status switch
    {
        HttpStatusCode.TooManyRequests => SendFailure.RateLimited.From("429", words),
        HttpStatusCode.Unauthorized => SendFailure.AccountInvalid.From("401", words),
        HttpStatusCode.RequestTimeout => SendFailure.OutcomeUnknown.From("408", words),
        >= (HttpStatusCode)300 and < (HttpStatusCode)500 => SendFailure.Rejected.From($"{(int)status}", words),
        _ => SendFailure.OutcomeUnknown.From($"{(int)status}", words),
    };

    /// <summary>429 says that the request was not processed, whatever its number.</summary>
    static SendResult Failed(SendFailure failure, HttpAnswer answer, DateTimeOffset now)
    {
        if (answer.Status == HttpStatusCode.TooManyRequests && failure.Code != SendFailure.RateLimited.Code)
            failure = SendFailure.RateLimited.From(failure.ProviderCode, failure.ProviderText);
        if (failure.Retry == Retry.Later && RetryAfter(answer.Headers, now) is var asked && asked > (failure.RetryAfter ?? TimeSpan.Zero))
            failure = failure with { RetryAfter = asked };
        return SendResult.Failed(failure);
    }

    public static TimeSpan RetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter is { } header ? header.Delta ?? header.Date - now ?? TimeSpan.Zero : TimeSpan.Zero;
        var day = TimeSpan.FromDays(1);
        return wait > day ? day : wait;
    }
}
