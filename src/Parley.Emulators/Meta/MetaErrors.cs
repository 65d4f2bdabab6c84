using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>Meta's error bodies.</summary>
internal static class MetaErrors
{
    public static string Title(int code) => code switch
    {
        0 or 190 => "Invalid OAuth access token - Cannot parse access token",
        10 or 131005 => "Permission denied",
        4 or 80007 or 130429 => "Rate limit hit",
        100 => "Invalid parameter",
        131000 => "Something went wrong",
        131008 => "Required parameter is missing",
        131009 => "Parameter value is not valid",
        131026 => "Message undeliverable",
        131030 => "Recipient phone number not in allowed list",
        131047 => "Re-engagement message",
        131050 => "User has stopped marketing messages",
        131052 => "Media download error",
        131053 => "Media upload error",
        132000 => "Number of parameters does not match the expected number of params",
        132001 => "Template name does not exist in the translation",
        132005 => "Translated text too long",
        132012 => "Parameter format does not match format in the created template",
        132015 => "Template is paused",
        132016 => "Template is disabled",
        132018 => "Template parameters are not valid",
        131056 => "(Business Account, Consumer Account) pair rate limit hit",
        _ => "Error",
    };

    /// <summary>As in the statuses of a webhook.</summary>
    public static JsonObject Body(int code) => new()
    {
        ["code"] = code, ["title"] = Title(code), ["message"] = Title(code), ["error_data"] = new JsonObject { ["details"] = $"{Title(code)} (emulated)." },
    };

    /// <summary>As an HTTP answer.</summary>
    public static IResult Answer(int status, int code, string? details = null) => Answer(status, new JsonObject
    {
        ["message"] = $"(#{code}) {Title(code)}", ["type"] = "OAuthException", ["code"] = code,
        ["error_data"] = new JsonObject { ["messaging_product"] = "whatsapp", ["details"] = details ?? $"{Title(code)} (emulated)." },
        ["fbtrace_id"] = "Emulated",
    });

    /// <summary>As the endpoints of management answer: the code is 100, the subcode says which rule.</summary>
    public static IResult Invalid(string message, int subcode, string title = "Invalid parameter") => Answer(400, new JsonObject
    {
        ["message"] = "Invalid parameter", ["type"] = "OAuthException", ["code"] = 100, ["error_subcode"] = subcode, ["is_transient"] = false,
        ["error_user_title"] = title, ["error_user_msg"] = message, ["fbtrace_id"] = "Emulated",
    });

    public static IResult Missing(string id) => Answer(400, new JsonObject
    {
        ["message"] = $"Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.",
        ["type"] = "GraphMethodException", ["code"] = 100, ["error_subcode"] = 33, ["fbtrace_id"] = "Emulated",
    });

    /// <summary>The code that goes with an HTTP status that a fault asks for.</summary>
    public static IResult OfStatus(int status) => Answer(status, status switch { 401 => 190, 403 => 10, 429 => 4, >= 500 => 131000, _ => 100 });

    static IResult Answer(int status, JsonObject error) => Results.Json(new JsonObject { ["error"] = error }, statusCode: status);
}
