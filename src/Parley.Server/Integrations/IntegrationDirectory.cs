using System.Collections.Concurrent;
using System.Text.Json;
using Parley.Channels.Contract;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Integrations;

/// <summary>An integration with its credentials in clear: only ever in memory.</summary>
internal sealed record ConnectedIntegration(Guid TenantId, Guid Id, string Provider, string Status, ChannelAccount Account);

/// <summary>A short memory of integrations for webhooks and senders: 5 seconds, so that a change on another node is seen soon;
/// a signature that fails looks again at once.</summary>
internal sealed class IntegrationDirectory(IntegrationStore store, SecretBox secrets, TimeProvider time)
{
    const int Most = 10_000;
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    readonly ConcurrentDictionary<Guid, (ConnectedIntegration? Value, long At)> _byId = new();
    readonly ConcurrentDictionary<(Guid Tenant, string Provider, string ExternalId), (Guid? Value, long At)> _byAccount = new();

    public async ValueTask<ConnectedIntegration?> FindByIdAsync(Guid id)
    {
        if (_byId.TryGetValue(id, out var known) && time.GetElapsedTime(known.At) < Fresh) return known.Value;
        return await ReadAsync(id);
    }

    public async ValueTask<Guid?> FindByAccountAsync(Guid tenant, string provider, string externalId)
    {
        var key = (tenant, provider, externalId);
        if (_byAccount.TryGetValue(key, out var known) && time.GetElapsedTime(known.At) < Fresh) return known.Value;
        if (_byAccount.Count > Most) _byAccount.Clear();
        var found = await store.FindByAccountAsync(tenant, provider, externalId, CancellationToken.None);
        _byAccount[key] = (found, time.GetTimestamp());
        return found;
    }

    /// <summary>Reads it again, at most once a second: forged signatures must not become database load.</summary>
    public async ValueTask<ConnectedIntegration?> ReloadAsync(Guid id)
    {
        if (_byId.TryGetValue(id, out var known) && time.GetElapsedTime(known.At) < TimeSpan.FromSeconds(1)) return known.Value;
        return await ReadAsync(id);
    }

    public void Forget(Guid id)
    {
        _byId.TryRemove(id, out _);
        _byAccount.Clear();
    }

    /// <summary>An account that was not here a moment ago may be by now, connected on any node.</summary>
    public void ForgetAccounts() => _byAccount.Clear();

    async Task<ConnectedIntegration?> ReadAsync(Guid id)
    {
        if (_byId.Count > Most) _byId.Clear();
        var row = await store.FindRoutedAsync(id, CancellationToken.None);
        var found = row is null ? null : new ConnectedIntegration(row.TenantId, row.Id, row.Provider, row.Status, new ChannelAccount(
            row.Channel, row.ExternalId, JsonSerializer.Deserialize<Dictionary<string, string>>(row.Config) ?? [], secrets.Unprotect(row.TenantId, row.Id, row.Credentials) ?? new Dictionary<string, string>()));
        _byId[id] = (found, time.GetTimestamp());
        return found;
    }
}
