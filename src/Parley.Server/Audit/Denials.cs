using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Audit;

/// <summary>Notes who was refused what. There is no change that it could go with, so it is a transaction of its own.</summary>
internal sealed partial class Denials(TenantDatabase database, ILogger<Denials> logger)
{
    /// <param name="reason">role, visibility or cross-site.</param>
    public async Task NoteAsync(HttpContext http, string reason, CancellationToken cancellationToken)
    {
        if (http.Features.Get<Caller>() is not { } caller) return;
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        try
        {
            await database.ChangeAsync(caller.TenantId, change =>
            {
                change.Audit(AuditEntry.Of(caller.TenantId, "access.denied", "endpoint", http.Request.RouteValues.GetValueOrDefault("id"),
                    after: new { method = http.Request.Method, route, reason, role = caller.Role }));
                return Task.FromResult(true);
            }, cancellationToken);
        }
        catch (Exception failure)
        {
            Log.NotNoted(logger, failure.GetType().Name);   // it stays refused, whether or not it could be noted
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A refusal could not be written to the audit log: {Kind}")]
        public static partial void NotNoted(ILogger logger, string kind);
    }
}
