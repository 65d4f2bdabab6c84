using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Requests to Unipile: where they go and what they carry.</summary>
internal static class UnipileRequest
{
    /// <summary>Null when the address the account gives is none. <paramref name="path"/> comes with its ids escaped
    /// (<see cref="Escaped"/>); values of <paramref name="query"/> are escaped here and left out when null.</summary>
    public static Uri? Address(UnipileSettings settings, string path, params (string Name, string? Value)[] query)
    {
        if (Root(settings) is not { } root) return null;
        var asked = query.Where(one => one.Value is not null).Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value!)}").ToList();
        // Where odd ports are blocked the port travels in the query: https://api7.unipile.com?port=13742.
        if (root.Query.Length > 1) asked.Add(root.Query[1..]);
        var address = new StringBuilder(root.GetLeftPart(UriPartial.Path).TrimEnd('/'));
        if (!root.AbsolutePath.Contains("/api/v1", StringComparison.Ordinal)) address.Append("/api/v1");
        address.Append(path);
        if (asked.Count > 0) address.Append('?').AppendJoin('&', asked);
        return Uri.TryCreate(address.ToString(), UriKind.Absolute, out var whole) ? whole : null;
    }

    /// <summary>Ids hold "=", "@" and ":"; a path segment of dots alone would be swallowed.</summary>
    public static string Escaped(string id) => id is "." or ".." ? "%2E" : Uri.EscapeDataString(id);

    /// <summary>The dashboard shows the DSN without a scheme.</summary>
    static Uri? Root(UnipileSettings settings)
    {
        var given = settings.BaseUrl ?? settings.Dsn;
        if (given.Length == 0) return null;
        if (!given.Contains("://", StringComparison.Ordinal)) given = $"https://{given}";
        return Uri.TryCreate(given, UriKind.Absolute, out var root) && root.Scheme is "http" or "https" && root.UserInfo.Length == 0 ? root : null;
    }

    /// <summary>A header takes printable ASCII only: what was pasted with a line break or a "…" in it is no key.</summary>
    public static string? KeyProblem(UnipileSettings settings) => settings.ApiKey switch
    {
        "" => "The account has no access token.",
        var key when key.AsSpan().ContainsAnyExceptInRange('!', '~') => "The access token holds characters that no token has.",
        _ => null,
    };

    public static HttpRequestMessage For(HttpMethod method, Uri address, UnipileSettings settings)
    {
        var request = new HttpRequestMessage(method, address)
        {
            Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/json") }, UserAgent = { new ProductInfoHeaderValue("Parley", null) } },
        };
        request.Headers.TryAddWithoutValidation("X-API-KEY", settings.ApiKey);
        return request;
    }

    public static HttpContent Json(JsonObject body) =>
        new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString())) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
}
