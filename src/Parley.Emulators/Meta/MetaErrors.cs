using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>Meta's error bodies.</summary>
internal static class MetaErrors
{
    public static string Title(int code) => code switch
    {
        0 or 190 => "Invalid OAuth access token - Cannot parse access token",
        4 or 80007 or 130429 => "Rate limit hit",
        100 => "Invalid parameter",
        131000 => "Something went wrong",
        131008 => "Required parameter is missing",
        131009 => "Parameter value is not valid",
        131026 => "Message undeliverable",
        131030 => "Recipient phone number not in allowed list",
        131047 => "Re-engagement message",
        131050 => "User has stopped marketing messages",
        131056 => "(Business Account, Consumer Account) pair rate limit hit",
        _ => "Error",
    };

    /// <summary>As in the statuses of a webhook.</summary>
    public static JsonObject Body(int code) => new()
    {
        ["code"] = code, ["title"] = Title(code), ["message"] = Title(code), ["error_data"] = new JsonObject { ["details"] = $"{Title(code)} (emulated)." },
    };

    /// <summary>As an HTTP answer.</summary>
    public static IResult Answer(int status, int code, string? details = null) => Results.Json(new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["message"] = $"(#{code}) {Title(code)}", ["type"] = "OAuthException", ["code"] = code,
            ["error_data"] = new JsonObject { ["messaging_product"] = "whatsapp", ["details"] = details ?? $"{Title(code)} (emulated)." },
            ["fbtrace_id"] = "Emulated",
        },
    }, statusCode: status);
}
