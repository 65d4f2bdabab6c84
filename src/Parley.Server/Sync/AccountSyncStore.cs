using Dapper;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>All SQL of account_syncs: how reading an account's history goes.</summary>
internal sealed class AccountSyncStore(TenantDatabase database)
{
    public const string JobType = "sync.account";
    const string Columns = """
        integration_id, run, state, is_full, wants_full, chats_listed, chats_to_sync, chats_done, messages_fetched, messages_created, messages_unread, chats_with_errors,
        errors::text as errors, stopped_by, started_at, finished_at
        """;

    public Task<AccountSyncRow?> FindAsync(Guid tenant, Guid integration, CancellationToken cancellationToken) =>
        database.FindAsync<AccountSyncRow>(tenant, $"select {Columns} from account_syncs where tenant_id = @tenant and integration_id = @integration", new { integration }, cancellationToken);

    /// <summary>Makes a run due now, or joins the one under way. Answers with the number of the run whose end is the answer: a full one
    /// is not had from a run that only takes what is newer.</summary>
    public Task<long> RequestAsync(Guid tenant, Guid integration, bool isFull, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            // The job first, as the worker that finishes one does.
            var isUnderWay = await change.FindAsync<bool>("""
                select status = 'running' from scheduled_jobs where tenant_id = @tenant and type = @type and key = @key for update
                """, new { type = JobType, key = integration.ToString() }, cancellationToken);
            await change.ExecuteAsync("""
                insert into account_syncs (tenant_id, integration_id, state, wants_full, updated_at)
                values (@tenant, @integration, 'waiting', @isFull, @now)
                on conflict (tenant_id, integration_id) do update set
                    wants_full = account_syncs.wants_full or (excluded.wants_full and not (account_syncs.state = 'running' and account_syncs.is_full)), updated_at = excluded.updated_at
                """, new { integration, isFull, now = change.Now }, cancellationToken);
            var row = (await change.FindAsync<AccountSyncRow>($"select {Columns} from account_syncs where tenant_id = @tenant and integration_id = @integration", new { integration }, cancellationToken))!;
            var isRunning = row.State == "running";
            // A run that is about to begin, or that takes all that is wanted, needs no other after it.
            if (!isUnderWay || isRunning && isFull && !row.IsFull) await JobStore.AddAsync(change, tenant, JobType, integration.ToString(), change.Now, cancellationToken);
            return isUnderWay && isRunning && (row.IsFull || !isFull) ? row.Run : row.Run + 1;
        }, cancellationToken);

    /// <summary>A new run begins. One that was cut off in the middle of a full reading is followed by a full one.</summary>
    public Task<AccountSyncRow> BeginAsync(Guid tenant, Guid integration, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var row = await change.FindAsync<AccountSyncRow>($"""
                insert into account_syncs (tenant_id, integration_id, run, state, started_at, updated_at)
                values (@tenant, @integration, 1, 'running', @now, @now)
                on conflict (tenant_id, integration_id) do update set
                    run = account_syncs.run + 1, state = 'running', is_full = account_syncs.wants_full or (account_syncs.state = 'running' and account_syncs.is_full), wants_full = false,
                    chats_listed = 0, chats_to_sync = 0, chats_done = 0, messages_fetched = 0, messages_created = 0, messages_unread = 0, chats_with_errors = 0, errors = '[]',
                    stopped_by = null, started_at = excluded.started_at, finished_at = null, updated_at = excluded.updated_at
                returning {Columns}
                """, new { integration, now = change.Now }, cancellationToken);
            change.Publish(new FeedEvent(tenant, "sync.updated", IntegrationId: integration));
            return row!;
        }, cancellationToken);

    /// <summary>How far it is. Nothing is written for a run that is another's by now.</summary>
    public Task ReportAsync(Guid tenant, Guid integration, long run, SyncProgress progress, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, change => WriteAsync(change, tenant, integration, run, "running", null, progress, cancellationToken), cancellationToken);

    /// <summary>The end of a run, in the transaction that finishes its job; when somebody asked for a full one meanwhile, that comes at once.</summary>
    /// <param name="stoppedBy">Words; null when it went through.</param>
    public static Func<Change, Task> Finished(Guid tenant, Guid integration, long run, string? stoppedBy, SyncProgress progress) => async change =>
    {
        await WriteAsync(change, tenant, integration, run, stoppedBy is null ? "done" : "failed", stoppedBy, progress, CancellationToken.None);
        if (await change.FindAsync<bool>("select wants_full from account_syncs where tenant_id = @tenant and integration_id = @integration", new { integration }, CancellationToken.None))
            await JobStore.AddAsync(change, tenant, JobType, integration.ToString(), change.Now, CancellationToken.None);
    };

    static async Task<bool> WriteAsync(Change change, Guid tenant, Guid integration, long run, string state, string? stoppedBy, SyncProgress progress, CancellationToken cancellationToken)
    {
        var isOver = state != "running";
        var arguments = new DynamicParameters(new
        {
            integration, run, state, stoppedBy, now = change.Now, finished = isOver ? change.Now : (DateTimeOffset?)null, errors = progress.ErrorsAsJson(),
            progress.ChatsListed, progress.ChatsToSync, progress.ChatsDone, progress.MessagesFetched, progress.MessagesCreated, progress.MessagesUnread, progress.ChatsWithErrors,
        });
        var changed = await change.ExecuteAsync("""
            update account_syncs set
                state = @state, stopped_by = @stoppedBy, chats_listed = @ChatsListed, chats_to_sync = @ChatsToSync, chats_done = @ChatsDone, messages_fetched = @MessagesFetched,
                messages_created = @MessagesCreated, messages_unread = @MessagesUnread, chats_with_errors = @ChatsWithErrors, errors = @errors::jsonb,
                finished_at = @finished, updated_at = @now
            where tenant_id = @tenant and integration_id = @integration and run = @run
            """, arguments, cancellationToken);
        if (changed > 0) change.Publish(new FeedEvent(tenant, "sync.updated", IntegrationId: integration));
        return changed > 0;
    }
}

internal sealed class AccountSyncRow
{
    public Guid IntegrationId { get; init; }
    public long Run { get; init; }
    public string State { get; init; } = "";
    public bool IsFull { get; init; }
    public bool WantsFull { get; init; }
    public int ChatsListed { get; init; }
    public int ChatsToSync { get; init; }
    public int ChatsDone { get; init; }
    public long MessagesFetched { get; init; }
    public long MessagesCreated { get; init; }
    public long MessagesUnread { get; init; }
    public int ChatsWithErrors { get; init; }
    public string Errors { get; init; } = "[]";
    public string? StoppedBy { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}
