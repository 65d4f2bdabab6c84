namespace Parley.Server.Platform.Auth;

/// <summary>What a request shows to be let in: an API key in a header, or the session cookie.</summary>
internal sealed class Credentials(ApiKeyStore keys, SessionStore sessions)
{
    public const string Cookie = "parley_session";

    /// <summary>The user a page speaks for. The cookie belongs to the whole browser: a tab that still shows one person's work must not do
    /// it in the name of another who has signed in beside it.</summary>
    public const string SpeaksFor = "X-Parley-User";

    /// <summary>Whom they name now, and the session where there is one; nothing when they are missing, revoked or expired. A key
    /// that is given counts, whatever cookie comes along.</summary>
    public async Task<(Caller? Caller, Guid? Session)> FindCallerAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var bearer = request.Headers.Authorization.ToString();
        var key = bearer.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? bearer[7..].Trim() : request.Headers["X-API-Key"].ToString();
        if (key.Length > 0) return (await keys.AuthenticateAsync(key, cancellationToken), null);
        if (!request.Cookies.TryGetValue(Cookie, out var token) || await sessions.AuthenticateAsync(token, cancellationToken) is not { } session) return (null, null);
        var named = request.Headers[SpeaksFor].ToString();
        return named.Length == 0 || (Guid.TryParse(named, out var user) && user == session.Caller.UserId) ? (session.Caller, session.Session) : (null, null);
    }
}
