using Parley.Server.Egress;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Automations.Triggers;

/// <summary>A step that calls somebody's server says in a header for which run it does so, and whoever answers by calling us may pass that on; our own API is called with it at once. What such a call changes
/// is that run's doing: its lines of the feed name the run, and a run that it starts follows it. What is made up, or another tenant's, is as if it were not there.</summary>
internal sealed class CallingRun(RequestDelegate next, TenantDatabase database)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Request.Headers.TryGetValue(EgressClient.RunHeader, out var text) && Guid.TryParse(text, out var run) && http.Features.Get<Caller>() is { } caller
            && await Loops.FindAsync(database, caller.TenantId, run, http.RequestAborted) is { } cause)
        {
            http.Features.Set(cause);
            Actor.Current = Actor.Current with { RunId = cause.RunId };
        }
        await next(http);
    }
}
