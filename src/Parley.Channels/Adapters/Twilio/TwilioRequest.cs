using System.Net.Http.Headers;
using System.Text;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Requests to Twilio: where they go and what they carry.</summary>
internal static class TwilioRequest
{
    public static string Account(TwilioSettings settings, string rest) => $"/2010-04-01/Accounts/{Uri.EscapeDataString(settings.AccountSid)}{rest}";

    /// <summary>Null when the address the account gives is none.</summary>
    public static Uri? Address(string root, string path) =>
        Uri.TryCreate(root + path, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0 ? address : null;

    /// <summary>What is wrong with the account's access, and where; null when nothing is.</summary>
    public static (string Words, string Field)? Problem(TwilioSettings settings) => settings switch
    {
        { AuthToken: "" } => ("The account has no auth token.", "credentials.auth_token"),
        { AccountSid: "" } => ("The account has no account SID.", "config.account_sid"),
        _ when settings.AuthToken.AsSpan().ContainsAnyExceptInRange('!', '~') => ("The auth token holds characters that no token has.", "credentials.auth_token"),
        _ when settings.AccountSid.AsSpan().ContainsAnyExceptInRange('!', '~') || settings.AccountSid.Contains(':') => ("The account SID holds characters that none has.", "config.account_sid"),
        _ => null,
    };

    public static AuthenticationHeaderValue Access(TwilioSettings settings) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{settings.AccountSid}:{settings.AuthToken}")));

    public static HttpRequestMessage For(HttpMethod method, Uri address, TwilioSettings settings) => new(method, address)
    {
        Headers = { Authorization = Access(settings), Accept = { new MediaTypeWithQualityHeaderValue("application/json") }, UserAgent = { new ProductInfoHeaderValue("Parley", null) } },
    };
}
