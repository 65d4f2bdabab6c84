using System.Net;
using System.Text.Json;
using Parley.Channels.Contract;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Asks Meta for the number itself: it answers only a token that may see the number. The app secret is not
/// tested by this; the first webhook does that.</summary>
internal sealed class MetaAccountTest(HttpMessageInvoker http, TimeProvider time)
{
    static readonly TimeSpan PerTry = TimeSpan.FromSeconds(10);

    // A read may be repeated; a send may not, which is why only this has a pipeline.
    readonly ResiliencePipeline<HttpAnswer> retries = new ResiliencePipelineBuilder<HttpAnswer> { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions<HttpAnswer>
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromMilliseconds(200),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = arguments => ValueTask.FromResult(
                arguments.Outcome.Exception is HttpRequestException || (int?)arguments.Outcome.Result?.Status >= 500),
        })
        .AddTimeout(PerTry)
        .Build();

    public async Task<AccountTest> RunAsync(ChannelAccount account, CancellationToken cancellationToken)
    {
        var settings = MetaSettings.Of(account);
        if (MetaRequest.TokenProblem(settings) is { } problem) return new(false, problem, "credentials.access_token");
        if (settings.AppSecret.Length == 0) return new(false, "The app secret is missing: without it no webhook can be trusted.", "credentials.app_secret");
        if (account.ExternalId.Length == 0) return new(false, "The phone number id is missing.", "external_id");
        if (MetaRequest.Address(settings, account.ExternalId, "?fields=display_phone_number,verified_name,quality_rating") is not { } address)
            return new(false, "The Graph API address must start with http:// or https://.", "config.base_url");

        try
        {
            var answer = await retries.ExecuteAsync(async token => await AskAsync(address, settings, token), cancellationToken);
            return Judge(answer, account, settings);
        }
        catch (HttpRequestException failure)
        {
            return new(false, $"We could not reach {address.Authority}: {OneRequest.Reason(failure)}", AddressField(settings));
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested
            && failure is TimeoutRejectedException or OperationCanceledException)
        {
            return new(false, $"{address.Authority} did not answer in time. Try again.", AddressField(settings));
        }
    }

    async Task<HttpAnswer> AskAsync(Uri address, MetaSettings settings, CancellationToken cancellationToken)
    {
        using var request = MetaRequest.For(HttpMethod.Get, address, settings);
        using var response = await http.SendAsync(request, cancellationToken);
        return new(response.StatusCode, response.Headers, await OneRequest.ReadAsync(response.Content, cancellationToken));
    }

    static AccountTest Judge(HttpAnswer answer, ChannelAccount account, MetaSettings settings)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body ?? []);
            var root = document.RootElement;
            if (MetaErrors.Find(root, (int)answer.Status >= 500) is { } failure) return Refused(failure, account);
            if (answer.Status == HttpStatusCode.OK && root.IsObject()) return new(true, Welcome(root));
        }
        catch (JsonException)
        {
            // Judged below: whatever this is, it is not the Graph API.
        }
        return (int)answer.Status >= 500
            ? new(false, $"Meta has a problem of its own (HTTP {(int)answer.Status}). Try again later.")
            : new(false, $"The address answered, but not like the Graph API (HTTP {(int)answer.Status}).", "config.base_url");
    }

    static string Welcome(JsonElement number)
    {
        var shown = number.Get("display_phone_number"u8).Text();
        var name = number.Get("verified_name"u8).Text();
        var words = $"Connected to {shown ?? "the number"}{(name is null ? "" : $" ({name})")}.";
        return number.Get("quality_rating"u8).Text() is ("RED" or "YELLOW") and var rating
            ? $"{words} Meta rates its quality {rating}: people block or report it." : words;
    }

    static AccountTest Refused(SendFailure failure, ChannelAccount account)
    {
        var words = Redaction.Redact(failure.ProviderText, account.Credentials.Values);
        var said = words is null ? "" : $" Meta says: {words}";
        return failure.Code switch
        {
            "account_invalid" when failure.ProviderCode is { } code && (code == "190" || code.StartsWith("190/", StringComparison.Ordinal) || code == "0") =>
                new(false, $"Meta does not accept the access token: it is wrong or has expired.{said}", "credentials.access_token"),
            "account_invalid" => new(false, $"The access token lacks a permission; it needs whatsapp_business_messaging.{said}", "credentials.access_token"),
            "account_blocked" => new(false, $"{failure.Words}{said}"),
            "rate_limited" => new(false, "Meta asked us to slow down. Try again in a minute."),
            "provider_unavailable" => new(false, $"Meta has a problem of its own. Try again later.{said}"),
            _ => new(false, $"Meta knows no phone number with the id {account.ExternalId}, or the token may not see it.{said}", "external_id"),
        };
    }

    static string? AddressField(MetaSettings settings) => settings.IsGraphItself ? null : "config.base_url";
}
