using System.Diagnostics.CodeAnalysis;

namespace Parley.Server.Platform.Auth;

/// <summary>Who acts, and from where, for the audit log. It travels with the work and not through every signature: a change that forgot
/// to hand it on would be a change without an author.</summary>
/// <param name="Name">"user:…", "api:…", "automation:…", "operator", "system" or "anonymous".</param>
/// <param name="RunId">The run of an automation that does it: its lines of the feed say so.</param>
internal sealed record Actor(string Name, Guid? UserId = null, string? Address = null, Guid? RunId = null)
{
    static readonly AsyncLocal<Actor?> Ambient = new();

    /// <summary>Parley itself: its workers, and its first start.</summary>
    public static Actor System { get; } = new("system");

    /// <summary>Whoever may use the command line.</summary>
    public static Actor Operator { get; } = new("operator");

    /// <summary>Who acts in this flow of work. What is set is gone when the method that set it returns.</summary>
    [AllowNull]
    public static Actor Current
    {
        get => Ambient.Value ?? System;
        set => Ambient.Value = value;
    }

    public static Actor Of(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress?.ToString();
        return http.Features.Get<Caller>() is { } caller ? new(caller.Author, caller.UserId, address) : new("anonymous", null, address);
    }
}
