using System.Diagnostics;

namespace Parley.Server.Platform.Telemetry;

/// <summary>One trace for each message. Its id is the message's own, so that whoever holds the message, or the reference that a
/// provider echoes, adds to the same trace: on whatever node, with nothing stored and nothing carried along. Spans hold ids and
/// states, never contents.</summary>
internal static class MessageTrace
{
    public const string SourceName = "Parley";
    static readonly ActivitySource Source = new(SourceName);

    /// <summary>False when nobody listens: then nothing is made.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>A step of a message, from now until it is disposed. Null when nobody listens.</summary>
    public static Activity? Start(string step, Guid message, Guid tenant, ActivityKind kind = ActivityKind.Internal)
    {
        if (!IsOn) return null;
        var links = Activity.Current is { } cause ? new[] { new ActivityLink(cause.Context) } : null;
        var activity = Source.StartActivity(step, kind, new ActivityContext(TraceOf(message), SpanOf(message), ActivityTraceFlags.Recorded, isRemote: true), links: links);
        return activity?.SetTag("parley.message_id", message).SetTag("parley.tenant_id", tenant);
    }

    /// <summary>A step that began earlier and ends now.</summary>
    public static void Note(string step, Guid message, Guid tenant, DateTimeOffset since, string? status = null)
    {
        using var activity = Start(step, message, tenant);
        activity?.SetStartTime(since.UtcDateTime);
        if (status is not null) activity?.SetTag("parley.status", status);
    }

    public static ActivityTraceId TraceOf(Guid message) => ActivityTraceId.CreateFromString(message.ToString("N"));

    // All steps hang on one parent, which is the message itself.
    static ActivitySpanId SpanOf(Guid message) => ActivitySpanId.CreateFromString(message.ToString("N").AsSpan(16));
}
