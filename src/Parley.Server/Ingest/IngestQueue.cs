using System.Threading.Channels;
using Npgsql;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Telemetry;

namespace Parley.Server.Ingest;

/// <summary>Group commit: what arrives while a commit is under way forms the next batch. No timers.</summary>
internal sealed partial class IngestQueue(IngestDatabase database, IngestStore store, CustomerDirectory customers, ILogger<IngestQueue> logger)
    : BackgroundService
{
    const int MostInABatch = 256;
    readonly Channel<PendingWebhook> _waiting = Channel.CreateBounded<PendingWebhook>(new BoundedChannelOptions(10_000) { SingleReader = true });

    /// <summary>Returns after the webhook is committed.</summary>
    /// <exception cref="IngestUnavailableException">It is not stored: the provider must come again.</exception>
    public async Task IngestAsync(PendingWebhook webhook, CancellationToken cancellationToken)
    {
        if (!_waiting.Writer.TryWrite(webhook))
        {
            try { await _waiting.Writer.WriteAsync(webhook, cancellationToken); }
            catch (ChannelClosedException closed) { throw new IngestUnavailableException(closed); }
        }
        await webhook.Done.Task;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What was accepted is finished: the loop ends when the door is closed and the queue is empty.
        using var closing = stoppingToken.Register(() => _waiting.Writer.TryComplete());
        NpgsqlConnection? connection = null;
        var batch = new List<PendingWebhook>(MostInABatch);
        while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < MostInABatch && _waiting.Reader.TryRead(out var next)) batch.Add(next);
            try
            {
                connection ??= await database.OpenAsync(CancellationToken.None);
                await WriteAsync(connection, batch);
            }
            catch (Exception failure)
            {
                Log.BatchLost(logger, batch.Count, failure);
                foreach (var webhook in batch) webhook.Done.TrySetException(new IngestUnavailableException(failure));
                if (connection is not null) await connection.DisposeAsync();
                connection = null;
            }
        }
        if (connection is not null) await connection.DisposeAsync();
    }

    async Task WriteAsync(NpgsqlConnection connection, List<PendingWebhook> batch)
    {
        if (await TryApplyAsync(connection, batch) is null)
        {
            foreach (var webhook in batch) webhook.Done.TrySetResult();
            Meters.IngestBatch.Record(batch.Count);
            return;
        }

        // One of them is poison: each on its own, and the one that cannot be applied is kept with its error.
        foreach (var webhook in batch)
        {
            if (await TryApplyAsync(connection, [webhook]) is { } poison)
            {
                Log.Poison(logger, webhook.Id, poison.GetType().Name, (poison as PostgresException)?.SqlState);
                await IngestStore.KeepFailedAsync(connection, webhook, $"It could not be applied: {Describe(poison)}", CancellationToken.None);
            }
            webhook.Done.TrySetResult();
        }
    }

    /// <summary>Null when applied; the reason when the batch itself is at fault. A database that is away is thrown.</summary>
    async Task<Exception?> TryApplyAsync(NpgsqlConnection connection, IReadOnlyList<PendingWebhook> batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await store.ApplyAsync(connection, batch, CancellationToken.None);
                return null;
            }
            catch (PostgresException failure) when (IsAway(failure)) { throw; }
            catch (PostgresException failure) when (failure.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                if (attempt == 6) throw;   // nobody's fault: the provider comes again
                await Task.Delay(Random.Shared.Next(1, 20 * attempt));
            }
            catch (PostgresException failure) when (attempt < 3 && failure.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.NotNullViolation) { customers.Forget(); }   // a remembered conversation is gone
            catch (InvalidOperationException) when (attempt < 3 && connection.State == System.Data.ConnectionState.Open) { }                          // the memory was cleared under us
            catch (Exception failure) when (failure is PostgresException || connection.State == System.Data.ConnectionState.Open && failure is not NpgsqlException) { return failure; }
        }
    }

    static bool IsAway(PostgresException failure) => failure.SqlState[..2] is "08" or "53" or "57" or "58" or "25" or "28" or "42";

    static string Describe(Exception failure) => failure is PostgresException { SqlState: var state, MessageText: var text } ? $"{text} ({state})" : failure.GetType().Name;

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A batch of {Count} webhooks could not be stored; the providers were asked to come again")]
        public static partial void BatchLost(ILogger logger, int count, Exception failure);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook {Id} could not be applied and is kept as failed: {Kind} {State}")]
        public static partial void Poison(ILogger logger, Guid id, string kind, string? state);
    }
}
