using System.Threading.Channels;
using Npgsql;
using Parley.Channels.Contract;
using Parley.Server.Scheduling;

namespace Parley.Server.Sending;

/// <summary>Group commit for outcomes: what providers answered while a commit is under way is the next batch. An outcome is
/// kept until it is written: the database may be away for a while.</summary>
internal sealed partial class OutcomeWriter(OutboxStore store, ScheduledMessageStore scheduled, TimeProvider time, ILogger<OutcomeWriter> logger)
{
    readonly Channel<(Outcome Outcome, TaskCompletionSource Done)> _waiting = Channel.CreateUnbounded<(Outcome, TaskCompletionSource)>(new() { SingleReader = true });

    /// <summary>Completes after the commit.</summary>
    public Task WriteAsync(Outcome outcome)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _waiting.Writer.TryWrite((outcome, done)) ? done.Task : Task.CompletedTask;   // closed: the next owner marks it unknown
    }

    public void Close() => _waiting.Writer.TryComplete();

    /// <summary>Runs until <see cref="Close"/>, and writes all that was given before; or gives up at <paramref name="abandon"/>, and nobody waits any longer.</summary>
    public async Task RunAsync(CancellationToken abandon)
    {
        var batch = new List<(Outcome Outcome, TaskCompletionSource Done)>();
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(abandon))
            {
                batch.Clear();
                while (batch.Count < 500 && _waiting.Reader.TryRead(out var next)) batch.Add(next);
                try
                {
                    await SettleAsync([.. batch.Select(row => row.Outcome)], abandon);
                    foreach (var (_, done) in batch) done.TrySetResult();
                }
                catch (Exception failure) when (!abandon.IsCancellationRequested)
                {
                    // Nothing that one batch brings may end the writer: these stay "sending", and the next lease makes them unknown.
                    foreach (var (_, done) in batch) done.TrySetException(failure);
                }
            }
        }
        finally
        {
            Close();
            while (_waiting.Reader.TryRead(out var left)) batch.Add(left);
            foreach (var (_, done) in batch) done.TrySetCanceled(CancellationToken.None);   // those that were written are settled already
        }
    }

    async Task SettleAsync(IReadOnlyList<Outcome> outcomes, CancellationToken abandon)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                foreach (var late in outcomes.Where(IsLate).GroupBy(outcome => outcome.TenantId)) await scheduled.AskAsync(late.Key, [.. late.Select(outcome => (outcome.Id, outcome.Attempt))], abandon);
                if (outcomes.Where(outcome => !IsLate(outcome)).ToList() is { Count: > 0 } others) await store.SettleAsync(others, abandon);
                return;
            }
            catch (PostgresException broken) when (broken.SqlState[..2] is "22" or "23" && outcomes.Count > 1)
            {
                foreach (var outcome in outcomes) await SettleAsync([outcome], abandon);
                return;
            }
            catch (PostgresException broken) when (broken.SqlState[..2] is "22" or "23" && outcomes[0] is { ExternalId: null, Failure: { ProviderText: not null } or { ProviderCode: not null } })
            {
                // What the provider said cannot be stored: what we say about it can.
                Log.Unstorable(logger, outcomes[0].Id, broken.SqlState);
                outcomes = [outcomes[0] with { Failure = SendFailure.All[outcomes[0].Failure!.Code] }];
            }
            catch (PostgresException broken) when (broken.SqlState[..2] is "22" or "23" && outcomes[0].ExternalId is not null)
            {
                // The provider gave an id twice, or one that cannot be stored: the message left, but cannot be followed.
                Log.Unstorable(logger, outcomes[0].Id, broken.SqlState);
                outcomes = [outcomes[0] with { Status = "unknown", ExternalId = null, Failure = SendFailure.OutcomeUnknown }];
            }
            catch (NpgsqlException away) when (away is not PostgresException { SqlState: ['2', '2' or '3', ..] or ['4', '2', ..] })
            {
                Log.Away(logger, outcomes.Count, away.GetType().Name);
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(2000, 50 << Math.Min(attempt, 6))), time, abandon);
            }
        }
    }

    // It was refused here and has not left: a person says what becomes of it.
    static bool IsLate(Outcome outcome) => outcome.Failure?.Code == SendFailure.TooLate.Code;

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The outcome of message {Id} could not be stored as it is: {State}")]
        public static partial void Unstorable(ILogger logger, Guid id, string state);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} outcomes wait for the database: {Kind}")]
        public static partial void Away(ILogger logger, int count, string kind);
    }
}
