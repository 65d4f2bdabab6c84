using System.Collections.Concurrent;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;

namespace Parley.Server.Audit;

/// <summary>Why a request was refused, where a status alone does not say it.</summary>
/// <param name="Of">What was asked for, where the address does not name it.</param>
internal sealed record Denied(string Reason, string? Of = null)
{
    /// <summary>A status that sounds like a refusal and is none.</summary>
    public static readonly Denied Nothing = new("");
}

/// <summary>Notes who was refused what. There is no change that it could go with, so it is a transaction of its own. So that trying
/// ids cannot bury the chain, each caller has so many lines a minute (on each node); the rest is counted, and the count is a line. What a
/// role refuses is always noted.</summary>
internal sealed partial class Denials(TenantDatabase database, TimeProvider time, ILogger<Denials> logger)
{
    /// <summary>Lines of one caller and reason in a minute.</summary>
    public const int Most = 20;
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    readonly ConcurrentDictionary<(Guid Tenant, string Author, string Reason), Window> _windows = new();

    /// <param name="reason">role, author, rule, visibility, missing or cross-site.</param>
    /// <param name="of">What was asked for, where the address does not name it.</param>
    public async Task NoteAsync(HttpContext http, string reason, CancellationToken cancellationToken, string? of = null)
    {
        http.Features.Set(Denied.Nothing);   // once for each request
        if (http.Features.Get<Caller>() is not { } caller) return;
        if (reason != "role" && !_windows.GetOrAdd((caller.TenantId, caller.Author, reason), _ => new Window(Actor.Current, time.GetUtcNow())).Take()) return;
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        await WriteAsync(caller.TenantId, of ?? http.Request.RouteValues.GetValueOrDefault("id") ?? http.Request.RouteValues.Values.FirstOrDefault(), new { method = http.Request.Method, route, reason, role = caller.Role }, cancellationToken);
    }

    /// <summary>Ends the minutes that are over; what was not noted in them becomes one line each.</summary>
    /// <param name="all">Also those that are not over: the process ends.</param>
    public async Task CountOnceAsync(bool all, CancellationToken cancellationToken)
    {
        foreach (var (key, window) in _windows)
        {
            if (!all && time.GetUtcNow() - window.Since < Minute) continue;
            _windows.TryRemove(key, out _);
            if (window.Close() is not (> 0 and var more)) continue;
            Actor.Current = window.Actor;
            await WriteAsync(key.Tenant, null, new { key.Reason, more }, cancellationToken);
        }
    }

    async Task WriteAsync(Guid tenant, object? id, object after, CancellationToken cancellationToken)
    {
        try
        {
            await database.ChangeAsync(tenant, change =>
            {
                change.Audit(AuditEntry.Of(tenant, "access.denied", "endpoint", id, after: after));
                return Task.FromResult(true);
            }, cancellationToken);
        }
        catch (Exception failure)
        {
            Log.NotNoted(logger, failure.GetType().Name);   // it stays refused, whether or not it could be noted
        }
    }

    sealed class Window(Actor actor, DateTimeOffset since)
    {
        int _taken;

        public Actor Actor => actor;
        public DateTimeOffset Since => since;

        public bool Take() => Interlocked.Increment(ref _taken) <= Most;

        /// <summary>How many were not noted.</summary>
        public int Close() => Math.Max(0, Volatile.Read(ref _taken) - Most);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A refusal could not be written to the audit log: {Kind}")]
        public static partial void NotNoted(ILogger logger, string kind);
    }
}

/// <summary>Writes the counts of refusals that had no line of their own, each minute and at the end.</summary>
internal sealed class DenialCounts(Denials denials, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await denials.CountOnceAsync(false, stoppingToken);
        }
        catch (OperationCanceledException) { }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await denials.CountOnceAsync(true, cancellationToken);
    }
}

/// <summary>Whoever asks for what is not theirs, or not there, leaves a line: the two look the same from outside. So does whoever is forbidden something.</summary>
internal sealed class MissingNoted(RequestDelegate next, Denials denials)
{
    public async Task InvokeAsync(HttpContext http)
    {
        await next(http);
        if (http.Features.Get<Denied>() is { } denied)
        {
            if (denied != Denied.Nothing) await denials.NoteAsync(http, denied.Reason, CancellationToken.None, denied.Of);
        }
        else if (http.GetEndpoint() is RouteEndpoint && http.Request.Path.StartsWithSegments("/api") && http.Response.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status403Forbidden)
            await denials.NoteAsync(http, http.Response.StatusCode == StatusCodes.Status404NotFound ? "missing" : "rule", CancellationToken.None);
    }
}
