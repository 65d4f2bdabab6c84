using System.Reflection;

namespace Parley.Server.Platform.Auth;

/// <summary>Who makes this request: a signed-in user or an API key, in one tenant. A handler takes it as a parameter.</summary>
/// <param name="Role">viewer, editor or admin.</param>
/// <param name="Sight">What they are restricted to; null: they see everything.</param>
internal sealed record Caller(Guid TenantId, Guid? UserId, Guid? ApiKeyId, string Role, Sight? Sight = null)
{
    /// <summary>As stored with what the caller writes: "user:…", "api:…" or "automation:…".</summary>
    public string Author => UserId is { } user ? $"user:{user}" : AutomationId is { } automation ? $"automation:{automation}" : $"api:{ApiKeyId}";

    /// <summary>Where nobody asks but an automation does it.</summary>
    public Guid? AutomationId { get; init; }

    /// <summary>Set by the authentication handler; a route without authorization must not ask for it.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo _) =>
        ValueTask.FromResult(context.Features.Get<Caller>());
}

/// <summary>What a route demands: each includes the ones before it.</summary>
internal static class Policies
{
    public const string Viewer = "viewer";
    public const string Editor = "editor";
    public const string Admin = "admin";
}
