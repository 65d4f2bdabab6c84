using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Meta's error codes as our closed set. The code decides: HTTP statuses vary between Meta's own pages and titles
/// change without notice.</summary>
internal static class MetaErrors
{
    // Meta documents 4^X seconds starting at X = 0, and one message per 6 s to one person.
    static readonly TimeSpan PairPause = TimeSpan.FromSeconds(6);

    // 131048: too many people blocked or reported the number. Trying again soon makes it worse.
    static readonly TimeSpan SpamPause = TimeSpan.FromHours(1);

    /// <summary>What a body says went wrong, or null when it holds no well-formed Meta error. Its words still hold whatever
    /// Meta repeats: only the caller knows the account's secrets, and must remove them before anything is cut.</summary>
    public static SendFailure? Find(JsonElement root, bool isServerError)
    {
        var error = root.Get("error"u8);
        return error.Get("code"u8).Whole() is { } code ? Of(error, code, isServerError) : null;
    }

    /// <summary>Why a message failed after Meta had accepted it.</summary>
    public static SendFailure OfStatus(JsonElement errors)
    {
        foreach (var error in errors.Items())
            if (error.Get("code"u8).Whole() is { } code && Of(error, code, isServerError: false) is var failure)
                return failure with { ProviderText = Redaction.Redact(failure.ProviderText, []) };
        return SendFailure.Rejected;
    }

    static SendFailure Of(JsonElement error, long code, bool isServerError)
    {
        var subcode = error.Get("error_subcode"u8).Whole();
        var failure = Known(code, subcode)
            ?? (isServerError || error.Get("is_transient"u8).IsTrue() ? SendFailure.ProviderUnavailable : SendFailure.Rejected);
        return failure.From(subcode is null ? $"{code}" : $"{code}/{subcode}", WordsOf(error));
    }

    static SendFailure? Known(long code, long? subcode) => code switch
    {
        0 or 3 or 10 or 190 or (>= 200 and <= 299) or 131005 => SendFailure.AccountInvalid,

        4 or 80007 or 130429 or 133016 => SendFailure.RateLimited,
        131056 => SendFailure.RateLimited with { RetryAfter = PairPause },
        131048 => SendFailure.RateLimited with { RetryAfter = SpamPause },

        1 or 2 or 131000 or 131016 or 131053 or 131057 or 133004 => SendFailure.ProviderUnavailable,

        131047 => SendFailure.WindowClosed,

        131021 or 131026 or 131030 or 130472 or 131049 or 131062 or 137000 => SendFailure.RecipientUnreachable,
        131050 => SendFailure.RecipientOptedOut,

        368 or 130497 or 131031 or 131037 or 131042 or 131045 or 131063 or 131064 => SendFailure.AccountBlocked,
        133005 or 133006 or 133008 or 133009 or 133010 or 133015 => SendFailure.AccountBlocked,

        100 when subcode is 2388019 or 2388040 or 2388047 or 2388072 or 2388073 or 2388293 or 2388299 => SendFailure.TemplateInvalid,
        100 when subcode is 33 => SendFailure.Rejected,   // the number's id is unknown, which is no fault of the content
        100 or 131008 or 131009 or 131052 => SendFailure.ContentInvalid,
        131051 => SendFailure.Unsupported,
        33 or 135000 => SendFailure.Rejected,

        132000 or 132001 or 132005 or 132007 or 132008 or 132012 or 132015 or 132016 or 132018 or 132068 or 132069
            => SendFailure.TemplateInvalid,
        _ => null,
    };

    // "Show error_data.details" is Meta's advice; for template errors error_data has been seen as plain text.
    static string? WordsOf(JsonElement error)
    {
        var data = error.Get("error_data"u8);
        var message = error.Get("message"u8).Text() ?? error.Get("title"u8).Text();
        var details = data.Get("details"u8).Text() ?? data.Text() ?? error.Get("error_user_msg"u8).Text();
        if (string.IsNullOrWhiteSpace(details) || details == message) return message;
        return string.IsNullOrWhiteSpace(message) ? details : $"{message}: {details}";
    }
}
