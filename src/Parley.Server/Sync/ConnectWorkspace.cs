using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>UNIPILE_DSN and UNIPILE_API_KEY are enough: each account connected at that workspace becomes an integration of the first tenant.
/// What is connected already stays, with the key of the day.</summary>
internal sealed class ConnectWorkspace(
    ParleySettings settings, SystemDatabase database, ChannelCatalog catalog, IntegrationStore store, IntegrationDirectory directory, ProviderPaces paces, TimeProvider time)
{
    const string Provider = "unipile";

    /// <summary>Null when there is nothing to do, or it is done; otherwise what is in the way, in words.</summary>
    public async Task<string?> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (settings is not { UnipileDsn: { } dsn, UnipileApiKey: { } key } || catalog.Find(Provider) is not IReadHistory channel) return null;
        if (await database.FindAsync<Guid?>("select id from tenants order by created_at, id limit 1", null, cancellationToken) is not { } tenant) return "There is no tenant yet.";
        var config = new Dictionary<string, string> { ["dsn"] = dsn };
        var credentials = new Dictionary<string, string> { ["api_key"] = key };
        using var reader = new HistoryReader(channel, new("", "", config, credentials), paces, Guid.Empty, time);
        var seen = new HashSet<string>();
        string? cursor = null;
        do
        {
            var page = await reader.ListAccountsAsync(cursor, cancellationToken);
            if (page.Failure is { } failure) return failure.Words;
            foreach (var account in page.Items)
                if (account.Channel is { } kind && channel.Channels.Contains(kind)) await ConnectAsync(tenant, account, kind, config, credentials, cancellationToken);
            cursor = page.Cursor;
        }
        while (cursor is not null && seen.Add(cursor));
        return null;
    }

    async Task ConnectAsync(
        Guid tenant, ConnectedAccount account, string kind, Dictionary<string, string> config, Dictionary<string, string> credentials, CancellationToken cancellationToken)
    {
        var name = account.Name.Length is > 0 and <= 150 ? account.Name : account.ProviderType;
        if (await store.FindByAccountAsync(tenant, Provider, account.ExternalId, cancellationToken) is not { } id)
        {
            await store.CreateAsync(tenant, Provider, name, new(kind, account.ExternalId, config, credentials), null, cancellationToken);   // null: another node was faster
            return;
        }
        if (await directory.FindByIdAsync(id) is not { } known) return;
        if (config.All(given => known.Account.Config.GetValueOrDefault(given.Key) == given.Value) && credentials.All(given => known.Account.Credentials.GetValueOrDefault(given.Key) == given.Value)) return;
        await store.UpdateAsync(tenant, id, new(null, null, config.ToDictionary(given => given.Key, string? (given) => given.Value), credentials.ToDictionary(given => given.Key, string? (given) => given.Value)), catalog, cancellationToken);
        directory.Forget(id);
    }
}
