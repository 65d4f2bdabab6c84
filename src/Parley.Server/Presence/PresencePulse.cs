using Parley.Server.Platform.Auth;

namespace Parley.Server.Presence;

/// <summary>Most of what open pages say is that they are still there. When the same session said where not long ago, that is answered
/// from memory, before anything is looked up: a thousand pages are to cost next to nothing.</summary>
internal sealed class PresencePulse(RequestDelegate next, PresenceStore store)
{
    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        if (!HttpMethods.IsPut(request.Method) || request.ContentLength is not 0 || !request.Path.StartsWithSegments("/api/presence", out var rest)
            || !Guid.TryParse(rest.Value.AsSpan().TrimStart('/'), out var page) || BearerSecret.Parse(request.Cookies[Credentials.Cookie]) is not { } secret || !store.Repeat(secret, page))
            return next(http);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
