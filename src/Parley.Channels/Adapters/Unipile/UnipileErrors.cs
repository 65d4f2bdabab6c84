using System.Globalization;
using System.Net;
using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Unipile's error types as our two closed sets. The type decides; titles change, and a status without Unipile's own
/// body may come from anything in between.</summary>
internal static class UnipileErrors
{
    const string Prefix = "errors/";

    // Limits of the networks, by the day or week: trying again soon only costs trust.
    static readonly TimeSpan LongPause = TimeSpan.FromHours(1);

    /// <summary>What an answer that is no success says: Unipile's type without its prefix, and its words. Both null for anything else.</summary>
    public static (string? Type, string? Words) Read(byte[]? body)
    {
        try
        {
            if (body is null) return default;
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    public static (string? Type, string? Words) Read(JsonElement root)
    {
        if (root.Get("type"u8).Words() is not { } type) return default;
        var (title, detail) = (root.Get("title"u8).Words(), root.Get("detail"u8).Words());
        return (type.StartsWith(Prefix, StringComparison.Ordinal) ? type[Prefix.Length..] : type, title is null || detail is null || title == detail ? title ?? detail : $"{title}: {detail}");
    }

    /// <summary>Why a send failed. The one question that matters: can the message have been taken?</summary>
    public static SendFailure OfSend(HttpStatusCode status, byte[]? body)
    {
        var (type, words) = Read(body);
        var failure = Known(type) ?? (int)status switch
        {
            429 => SendFailure.RateLimited,
            // A gateway's 401 says nothing of ours; Unipile's own says which account, so the key works.
            401 => type is null ? SendFailure.AccountInvalid : SendFailure.AccountDisconnected,
            413 or 415 => SendFailure.ContentInvalid,
            501 => SendFailure.Unsupported,
            408 or >= 500 or < 300 => SendFailure.OutcomeUnknown,
            _ => SendFailure.Rejected,
        };
        return failure.From(type ?? Number(status), words ?? (type is null ? $"HTTP {(int)status}, and the answer is not Unipile's." : null));
    }

    static SendFailure? Known(string? type) => type switch
    {
        "missing_credentials" or "insufficient_privileges" => SendFailure.AccountInvalid,

        "invalid_credentials" or "expired_credentials" or "disconnected_account" or "disconnected_feature" or "wrong_account" or "multiple_sessions"
            or "checkpoint_error" or "expired_link" or "invalid_credentials_but_valid_account_imap" => SendFailure.AccountDisconnected,
        "account_mismatch" or "session_mismatch" or "unknown_authentication_context" or "account_configuration_error" or "authentication_intent_error"
            => SendFailure.AccountDisconnected,

        "account_restricted" or "action_required" => SendFailure.AccountBlocked,

        "too_many_requests" => SendFailure.RateLimited,
        "limit_exceeded" => SendFailure.RateLimited with { RetryAfter = LongPause },

        // There was no session to send with, so nothing was sent.
        "no_client_session" or "no_channel" or "no_handler" or "service_unavailable" or "provider_unreachable" or "realtime_client_not_initialized"
            => SendFailure.ProviderUnavailable,

        // Something broke on the way, perhaps after the network took the message.
        "unexpected_error" or "provider_error" or "network_down" or "request_timeout" => SendFailure.OutcomeUnknown,

        "resource_not_found" or "invalid_resource_identifier" or "invalid_recipient" or "no_connection_with_recipient" or "blocked_recipient"
            or "recipient_rejected" or "cannot_invite_attendee" => SendFailure.RecipientUnreachable,

        "content_too_large" or "too_many_characters" or "unescaped_characters" or "invalid_url" or "unsupported_media_type" or "invalid_message" or "invalid_post"
            => SendFailure.ContentInvalid,

        "feature_not_implemented" or "feature_not_subscribed" or "subscription_required" or "not_allowed_inmail" => SendFailure.Unsupported,
        _ => null,
    };

    /// <summary>Why a read, or a change that may be repeated, failed. "Not found" only in Unipile's own words: a wrong address
    /// says 404 too, and no chat shall be taken for deleted because of it.</summary>
    public static ReadFailure OfRead(HttpStatusCode status, string? type, string? words)
    {
        var failure = (type, (int)status) switch
        {
            ("missing_credentials" or "insufficient_privileges", _) or (null, 401) => ReadFailure.AccountInvalid,
            ("account_configuration_error" or "account_mismatch" or "session_mismatch" or "unknown_authentication_context", _) or (_, 401) => ReadFailure.AccountDisconnected,
            ("too_many_requests", _) or (_, 429) => ReadFailure.RateLimited,
            ("feature_not_implemented", _) or (_, 501) => ReadFailure.Unsupported,
            ("provider_unreachable" or "realtime_client_not_initialized", _) or (_, 408 or >= 500) => ReadFailure.ProviderUnavailable,
            (null, _) => ReadFailure.Unreadable,
            (_, 404) => ReadFailure.NotFound,
            _ => ReadFailure.Rejected,
        };
        return failure.From(type ?? Number(status), words ?? (type is null ? $"HTTP {(int)status}, and the answer is not Unipile's." : null));
    }

    static string Number(HttpStatusCode status) => ((int)status).ToString(CultureInfo.InvariantCulture);
}
