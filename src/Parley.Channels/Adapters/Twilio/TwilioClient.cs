using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Asks Twilio what may be asked twice. Failures are values, secrets removed from their words.</summary>
internal sealed class TwilioClient(HttpMessageInvoker http, TimeProvider time)
{
    // A page of a thousand messages of 1,600 letters each.
    const int LargestAnswer = 16 * 1024 * 1024;
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>An answer, to be disposed of, or a failure.</summary>
    public async Task<(JsonDocument? Answer, ReadFailure? Failure)> AskAsync(ChannelAccount account, string root, string path, CancellationToken cancellationToken)
    {
        var settings = TwilioSettings.Of(account);
        if (TwilioRequest.Problem(settings) is var (problem, _)) return (null, ReadFailure.AccountInvalid.From(null, problem));
        if (TwilioRequest.Address(root, path) is not { } address) return (null, ReadFailure.Rejected.From(null, "The account's base_url is no http address."));
        using var clock = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            using var request = TwilioRequest.For(HttpMethod.Get, address, settings);
            using var response = await http.SendAsync(request, either.Token);
            var body = await OneRequest.ReadAsync(response.Content, either.Token, LargestAnswer);
            var document = Parse(body);
            if (response.IsSuccessStatusCode && document is not null) return (document, null);
            using (document)
            {
                if (response.IsSuccessStatusCode) return (null, ReadFailure.Unreadable.From(null, "The answer is not Twilio's, or broke off."));
                var said = document is null ? null : TwilioErrors.Find(document.RootElement, (int)response.StatusCode >= 500);
                var failure = TwilioErrors.OfRead(said, (int)response.StatusCode);
                var wait = TwilioAnswer.RetryAfter(response.Headers, time.GetUtcNow());
                return (null, failure with { ProviderText = Redaction.Redact(failure.ProviderText, account.Credentials.Values), RetryAfter = wait > TimeSpan.Zero ? wait : null });
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, ReadFailure.ConnectionFailed.From(null, "No answer in time."));
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return (null, ReadFailure.ConnectionFailed.From(null, OneRequest.Reason(broken)));
        }
    }

    static JsonDocument? Parse(byte[]? body)
    {
        try
        {
            var document = JsonDocument.Parse(body ?? []);
            if (document.RootElement.IsObject()) return document;
            document.Dispose();
        }
        catch (JsonException)
        {
            // Whatever this is, it is not Twilio's.
        }
        return null;
    }
}
