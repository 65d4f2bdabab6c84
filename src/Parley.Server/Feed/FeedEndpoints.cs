using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Parley.Server.Platform.Auth;

namespace Parley.Server.Feed;

/// <summary>Live updates as Server-Sent Events. "id:" is the tenant's sequence number; Last-Event-ID resumes with nothing missed.</summary>
internal static class FeedEndpoints
{
    static readonly byte[] Beat = ":\n\n"u8.ToArray();

    // A sign of life for proxies, and a look whether the listener may still listen.
    static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(20);

    public static void MapFeed(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/api").WithTags("Live updates").RequireAuthorization(Policies.Viewer)
            .MapGet("/events", Stream)
            .WithSummary("Everything that changes, as Server-Sent Events. Resume with Last-Event-ID (or ?last_event_id=).")
            .Produces<FeedView>(StatusCodes.Status200OK, "text/event-stream");

    static async Task<Results<EmptyHttpResult, ValidationProblem>> Stream(
        Caller caller, HttpContext http, FeedHub hub, FeedStore store, FeedFrames frames, Credentials credentials, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        var given = http.Request.Headers["Last-Event-ID"].FirstOrDefault() ?? http.Request.Query["last_event_id"].FirstOrDefault();
        long resume = -1;
        if (!string.IsNullOrEmpty(given) && !(long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out resume) && resume >= 0))
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["Last-Event-ID"] = ["It must be the id of an event of this stream."] });

        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var cancellationToken = either.Token;
        var response = http.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";   // nginx would otherwise hold events back
        try
        {
            // Listen first, then read what came before: nothing falls between.
            using var listener = await hub.ListenAsync(caller.TenantId, cancellationToken);
            var seq = resume;
            if (resume >= 0)
            {
                var (head, oldest) = await store.FindBoundsAsync(caller.TenantId, cancellationToken);
                if (resume > head || resume + 1 < oldest)
                {
                    // That id is from another life of this database, or older than what is kept: the listener must load afresh.
                    await WriteAsync(response, Line(head, "reset"), cancellationToken);
                    seq = head;
                }
            }
            else
            {
                seq = listener.From;
                await WriteAsync(response, Line(seq, "ready"), cancellationToken);
            }
            await response.Body.FlushAsync(cancellationToken);

            while (seq < listener.From)
            {
                if (await frames.ReadAfterAsync(caller.TenantId, seq, cancellationToken) is not { } page) break;
                await WriteAsync(response, page.After(seq, caller.Sight), cancellationToken);
                await response.Body.FlushAsync(cancellationToken);
                seq = page.Last;
            }

            var looked = time.GetTimestamp();
            var next = listener.Pages.WaitToReadAsync(cancellationToken).AsTask();
            while (true)
            {
                try
                {
                    if (!await next.WaitAsync(BeatEvery, time, cancellationToken)) break;
                }
                catch (TimeoutException)
                {
                    await WriteAsync(response, Beat, cancellationToken);
                }
                if (time.GetElapsedTime(looked) >= BeatEvery)
                {
                    // A key that was revoked, a session that ended, somebody deactivated: they hear no more.
                    if (!await MayListenAsync(http, credentials, caller, seq, cancellationToken)) break;
                    looked = time.GetTimestamp();
                }
                while (listener.Pages.TryRead(out var page))
                {
                    if (page.IsAboutPeople && !await MayListenAsync(http, credentials, caller, seq, cancellationToken)) return TypedResults.Empty;
                    await WriteAsync(response, page.After(seq, caller.Sight), cancellationToken);
                    seq = Math.Max(seq, page.Last);
                }
                await response.Body.FlushAsync(cancellationToken);
                if (next.IsCompleted) next = listener.Pages.WaitToReadAsync(cancellationToken).AsTask();
            }
        }
        catch (OperationCanceledException) { }   // the listener left, or we stop
        return TypedResults.Empty;
    }

    // Whoever sees other things than before comes back as who they are now, told that they have to load anew.
    static async Task<bool> MayListenAsync(HttpContext http, Credentials credentials, Caller caller, long seq, CancellationToken cancellationToken)
    {
        try
        {
            if ((await credentials.FindCallerAsync(http.Request, cancellationToken)).Caller is not { } now || now.TenantId != caller.TenantId) return false;
            if (caller.Sight is null ? now.Sight is null : caller.Sight.IsSame(now.Sight)) return true;
            await WriteAsync(http.Response, FeedPage.Changed(seq), cancellationToken);
            await http.Response.Body.FlushAsync(cancellationToken);
            return false;
        }
        catch (NpgsqlException)
        {
            return true;   // while the database is away nothing happens that one could hear; the next look decides
        }
    }

    static byte[] Line(long seq, string type) => Encoding.UTF8.GetBytes($"id: {seq}\nevent: {type}\ndata: {{\"seq\":{seq},\"type\":\"{type}\"}}\n\n");

    static ValueTask WriteAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => response.Body.WriteAsync(bytes, cancellationToken);
}
