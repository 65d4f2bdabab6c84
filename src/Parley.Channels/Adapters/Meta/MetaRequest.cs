using System.Net.Http.Headers;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Requests to the Graph API: where they go and what they carry.</summary>
internal static class MetaRequest
{
    /// <summary>Null when the address the account gives is none.</summary>
    public static Uri? Address(MetaSettings settings, string externalId, string rest) =>
        Uri.TryCreate($"{settings.BaseUrl}/{settings.ApiVersion}/{Uri.EscapeDataString(externalId)}{rest}", UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https" ? address : null;

    /// <summary>A header takes printable ASCII only: what was pasted with a line break or a "…" in it is no token.</summary>
    public static string? TokenProblem(MetaSettings settings) => settings.AccessToken switch
    {
        "" => "The account has no access token.",
        var token when token.AsSpan().ContainsAnyExceptInRange('!', '~') => "The access token holds characters that no token has.",
        _ => null,
    };

    public static HttpRequestMessage For(HttpMethod method, Uri address, MetaSettings settings) => new(method, address)
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", settings.AccessToken), UserAgent = { new ProductInfoHeaderValue("Parley", null) } },
    };
}
