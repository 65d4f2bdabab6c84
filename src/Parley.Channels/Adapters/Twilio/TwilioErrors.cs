using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Twilio's error numbers as our closed set (https://www.twilio.com/docs/api/errors). The number decides: texts change
/// without notice, and one number comes with an answer or, later, with a status.</summary>
internal static class TwilioErrors
{
    // A WhatsApp sender's own limit, and a file that Twilio could not fetch: soon again is too soon.
    static readonly TimeSpan ChannelPause = TimeSpan.FromSeconds(10);

    /// <summary>What a body says went wrong, or null when it holds no well-formed error of Twilio's. Its words still hold whatever
    /// Twilio repeats: only the caller knows the account's secrets.</summary>
    public static SendFailure? Find(JsonElement root, bool isServerError) =>
        root.Get("code"u8).Whole() is { } code ? Of(code, root.Get("message"u8).Text() ?? root.Get("detail"u8).Text(), isServerError) : null;

    public static SendFailure Of(long code, string? words, bool isServerError = false) =>
        (Known(code) ?? (isServerError ? SendFailure.ProviderUnavailable : SendFailure.Rejected)).From($"{code}", words);

    static SendFailure? Known(long code) => code switch
    {
        20003 or 20404 or 20005 or 20006 or 21701 or 21703 or 21705 => SendFailure.AccountInvalid,
        30002 or 63010 or 63020 or 63021 => SendFailure.AccountBlocked,

        20429 or 21611 or 30001 or 30022 => SendFailure.RateLimited,
        63017 or 63018 => SendFailure.RateLimited with { RetryAfter = ChannelPause },
        20500 or 20503 => SendFailure.ProviderUnavailable,
        63019 => SendFailure.ProviderUnavailable with { RetryAfter = ChannelPause },

        63016 => SendFailure.WindowClosed,
        21610 or 63014 => SendFailure.RecipientOptedOut with { IsOptOut = true },
        21211 or 21214 or 21217 or 21612 or 21614 or 30003 or 30004 or 30005 or 30006 or 63003 or 63024 or 63032 or 63033 => SendFailure.RecipientUnreachable,

        21602 or 21604 or 21609 or 21617 or 21619 or 21620 or 21623 or 63005 or 63012 or 63013 => SendFailure.ContentInvalid,
        21654 or 21655 or 21656 or 63026 or 63027 or 63028 or 63040 or 63041 => SendFailure.TemplateInvalid,

        // The sender: its number, its registration, what it may reach. Other messages may still go, so the account is not stopped.
        21212 or 21408 or 21603 or 21606 or 21608 or 21659 or 21660 or 21910 or 30023 or 30032 or 30034
            or 63001 or 63002 or 63007 or 63015 or 63034 or 63037 or 63038 => SendFailure.Rejected,
        30007 or 30008 or 30009 or 30010 or 30011 or (>= 30017 and <= 30019) or 30410 => SendFailure.Rejected,
        _ => null,
    };

    /// <summary>The same for a question that may be asked twice.</summary>
    public static ReadFailure OfRead(SendFailure? failure, int status) => (failure?.Code, status) switch
    {
        ("account_invalid" or "account_blocked", _) or (null, 401 or 403) => ReadFailure.AccountInvalid.From(failure?.ProviderCode ?? $"{status}", failure?.ProviderText),
        ("rate_limited", _) or (_, 429) => ReadFailure.RateLimited.From(failure?.ProviderCode ?? "429", failure?.ProviderText),
        ("provider_unavailable", _) or (_, >= 500) => ReadFailure.ProviderUnavailable.From(failure?.ProviderCode ?? $"{status}", failure?.ProviderText),
        (_, 404) => ReadFailure.NotFound,
        _ => ReadFailure.Rejected.From(failure?.ProviderCode ?? $"{status}", failure?.ProviderText),
    };
}
