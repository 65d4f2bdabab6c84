using Dapper;
using Npgsql;
using Parley.Server.Audit;
using Parley.Server.Feed;

namespace Parley.Server.Platform.Database;

/// <summary>One transaction, in one role. Its first statement carries the role and the tenant along, so entering costs
/// no round trip. What is published is written to the feed at the very end, after the audit log: the feed's lock is the last one taken.</summary>
internal sealed class Change(NpgsqlConnection connection, Guid? tenant, DateTimeOffset now)
{
    readonly List<FeedEvent> _events = [];
    readonly List<AuditEntry> _audit = [];
    bool _entered;

    /// <summary>A part of a transaction that was entered by others, who also commit it and write <see cref="Events"/> to the feed.</summary>
    public static Change Within(NpgsqlConnection connection, Guid tenant, DateTimeOffset now) => new(connection, tenant, now) { _entered = true };

    public IReadOnlyList<FeedEvent> Events => _events;

    /// <summary>Set by a change that queues a message: the senders are woken after the commit.</summary>
    public bool QueuesMessages { get; set; }

    /// <summary>The time of this change: one instant for all its rows.</summary>
    public DateTimeOffset Now { get; } = now;

    public async Task<IReadOnlyList<T>> ListAsync<T>(string sql, object? args, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<T>(Command(sql, args, cancellationToken))).AsList();

    public async Task<T?> FindAsync<T>(string sql, object? args, CancellationToken cancellationToken) =>
        await connection.QueryFirstOrDefaultAsync<T>(Command(sql, args, cancellationToken));

    /// <summary>The number of rows changed.</summary>
    public Task<int> ExecuteAsync(string sql, object? args, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(Command(sql, args, cancellationToken));

    /// <summary>A line of the feed, written with this change.</summary>
    public void Publish(FeedEvent line) => _events.Add(line);

    /// <summary>A line of the audit log, written with this change: who acts is known (<see cref="Auth.Actor"/>).</summary>
    public void Audit(AuditEntry entry) => _audit.Add(entry);

    internal async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_audit.Count > 0) await AuditLog.AppendAsync(this, _audit, cancellationToken);
        if (_events.Count > 0)
            await connection.ExecuteAsync(Command(FeedSql.Append, FeedSql.Arguments(_events, Now), cancellationToken));
    }

    CommandDefinition Command(string sql, object? args, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters(args);
        if (tenant is { } id) parameters.Add("tenant", id);
        if (!_entered) sql = Role.Enter(tenant) + sql;
        _entered = true;
        return new CommandDefinition(sql, parameters, cancellationToken: cancellationToken);
    }
}

/// <summary>How a transaction enters its role.</summary>
internal static class Role
{
    const string Tenant = "call enter_tenant(@tenant);\n";
    const string System = "call enter_system();\n";

    public static string Enter(Guid? tenant) => tenant is null ? System : Tenant;
}
