using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>Unipile's error bodies. A slug has one status, but for limit_too_high, which has two.</summary>
internal static class UnipileErrors
{
    static readonly Dictionary<string, int> Statuses = Table();

    public static int? StatusOf(string slug) => Statuses.TryGetValue(slug, out var status) ? status : null;

    public static IResult Answer(string slug, string? detail = null, int? status = null)
    {
        var code = status ?? Statuses[slug];
        var error = new JsonObject { ["status"] = code, ["type"] = $"errors/{slug}", ["title"] = Title(slug) };
        if (detail is not null) error["detail"] = detail;
        return new UnipileAnswer(code, json => error.WriteTo(json));
    }

    public static IResult Invalid(string detail) => Answer("invalid_parameters", detail);

    public static IResult NotFound(string what) => Answer("resource_not_found", $"{what} not found.");

    /// <summary>Of a provider for which this cannot be done.</summary>
    public static IResult NotImplemented(string accountType) => Answer("feature_not_implemented", $"This is not supported for {accountType}.");

    public static IResult Disconnected() => Answer("disconnected_account", "The account appears to be disconnected from the provider service.");

    // "Too many requests" of too_many_requests.
    static string Title(string slug) => char.ToUpperInvariant(slug[0]) + slug[1..].Replace('_', ' ');

    static Dictionary<string, int> Table()
    {
        const string slugs = """
            400 invalid_parameters missing_parameters invalid_request malformed_request content_too_large invalid_url too_many_characters unescaped_characters limit_too_high invalid_action invalid_label
            401 missing_credentials invalid_credentials expired_credentials disconnected_account disconnected_feature wrong_account multiple_sessions insufficient_privileges checkpoint_error expired_link
            403 account_restricted account_mismatch insufficient_permissions session_mismatch feature_not_subscribed subscription_required unknown_authentication_context action_required resource_access_restricted
            404 resource_not_found invalid_resource_identifier
            415 unsupported_media_type
            422 invalid_account invalid_recipient no_connection_with_recipient blocked_recipient unprocessable_entity action_already_performed invalid_message not_allowed_inmail insufficient_credits cannot_resend_yet limit_exceeded provider_unreachable cant_send_message realtime_client_not_initialized
            429 too_many_requests
            500 unexpected_error provider_error authentication_intent_error
            501 feature_not_implemented
            503 no_client_session no_channel no_handler network_down service_unavailable
            504 request_timeout
            """;
        return slugs.Split('\n').Select(line => line.Trim().Split(' ')).SelectMany(words => words.Skip(1).Select(slug => (slug, status: int.Parse(words[0])))).ToDictionary(pair => pair.slug, pair => pair.status);
    }
}
