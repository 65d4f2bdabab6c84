using System.Collections.Concurrent;
using Npgsql;

namespace Parley.Server.Platform.Health;

/// <summary>Loops say that they live; one that has been silent for long makes the process not ready.</summary>
internal sealed class Heartbeats(TimeProvider time)
{
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);
    readonly ConcurrentDictionary<string, long> _beats = new();

    public void Beat(string loop) => _beats[loop] = time.GetTimestamp();

    public IReadOnlyList<string> Silent() => [.. _beats.Where(beat => time.GetElapsedTime(beat.Value) > Silence).Select(beat => beat.Key).Order()];
}

/// <param name="Problems">Sentences; empty when ready.</param>
public sealed record HealthView(string Status, IReadOnlyList<string> Problems);

internal static class HealthEndpoints
{
    static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(90);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").WithTags("Health").AllowAnonymous().DisableRateLimiting();
        health.MapGet("/live", () => TypedResults.Ok(new HealthView("live", []))).WithSummary("The process runs.");
        health.MapGet("/ready", Ready).WithSummary("The process can serve: database reachable, workers beating. (The schema is checked at start, which fails otherwise.)");
    }

    static async Task<IResult> Ready(NpgsqlDataSource source, Heartbeats heartbeats)
    {
        var problems = heartbeats.Silent().Select(loop => $"The worker \"{loop}\" has been silent for more than 30 seconds.").ToList();
        using var bound = new CancellationTokenSource(Bound);
        try
        {
            await PingAsync(source, bound.Token).WaitAsync(Bound);
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            problems.Add("The database does not answer.");
        }
        var view = new HealthView(problems.Count == 0 ? "ready" : "not ready", problems);
        return TypedResults.Json(view, statusCode: problems.Count == 0 ? 200 : 503);
    }

    static async Task PingAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("select 1");
        await command.ExecuteScalarAsync(cancellationToken);
    }
}
