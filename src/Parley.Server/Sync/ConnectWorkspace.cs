using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;

namespace Parley.Server.Sync;

/// <summary>UNIPILE_DSN and UNIPILE_API_KEY are enough: each account connected at that workspace becomes an integration of the first tenant.
/// What is connected already stays, with the key of the day. With PARLEY_PUBLIC_URL, the workspace's webhook is registered too.</summary>
internal sealed partial class ConnectWorkspace(
    ParleySettings settings, SystemDatabase database, ChannelCatalog catalog, IntegrationStore store, IntegrationDirectory directory, WebhookRegistrationStore registrations, WebhookRegistrar registrar,
    PublicAddress address, ProviderPaces paces, TimeProvider time, ILogger<ConnectWorkspace> logger)
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
        var connected = new List<Guid>();
        var seen = new HashSet<string>();
        string? cursor = null;
        do
        {
            var page = await reader.ListAccountsAsync(cursor, cancellationToken);
            if (page.Failure is { } failure) return failure.Words;
            foreach (var account in page.Items)
                if (account.Channel is { } kind && channel.Channels.Contains(kind) && await ConnectAsync(tenant, account, kind, config, credentials, cancellationToken) is { } id) connected.Add(id);
            cursor = page.Cursor;
        }
        while (cursor is not null && seen.Add(cursor));
        return connected.Count == 0 || channel is not IRegisterWebhooks registering ? null : await RegisterAsync(tenant, connected, registering, cancellationToken);
    }

    // One that stands at today's address is left alone: each attempt is a new secret.
    async Task<string?> RegisterAsync(Guid tenant, List<Guid> connected, IRegisterWebhooks channel, CancellationToken cancellationToken)
    {
        var known = (await registrations.ListAsync(tenant, cancellationToken)).Where(row => connected.Contains(row.IntegrationId)).ToList();
        if (settings.PublicUrl is null)
        {
            if (known.TrueForAll(row => row.IsPending)) Log.NotReachable(logger);
            return null;
        }
        if (known.Exists(row => !row.IsPending && row.Address == address.Of(Provider, row.IntegrationId))) return null;
        var carrier = known.Count > 0 ? known[0].IntegrationId : connected[0];
        var problem = await registrar.RegisterAsync(tenant, carrier, Provider, channel, (_, _) => Task.CompletedTask, cancellationToken);
        if (problem is null) Log.Registered(logger, address.Of(Provider, carrier));
        return problem is null ? null : $"Unipile's webhook could not be registered. {problem.Words}";
    }

    /// <summary>The integration it is.</summary>
    async Task<Guid?> ConnectAsync(
        Guid tenant, ConnectedAccount account, string kind, Dictionary<string, string> config, Dictionary<string, string> credentials, CancellationToken cancellationToken)
    {
        var name = account.Name.Length is > 0 and <= 150 ? account.Name : account.ProviderType;
        if (await store.FindByAccountAsync(tenant, Provider, account.ExternalId, cancellationToken) is not { } id)
        {
            var created = await store.CreateAsync(tenant, Provider, name, new(kind, account.ExternalId, config, credentials), null, cancellationToken);
            return created?.Id ?? await store.FindByAccountAsync(tenant, Provider, account.ExternalId, cancellationToken);   // null: another node was faster
        }
        if (await directory.FindByIdAsync(id) is not { } known) return id;
        if (config.All(given => known.Account.Config.GetValueOrDefault(given.Key) == given.Value) && credentials.All(given => known.Account.Credentials.GetValueOrDefault(given.Key) == given.Value)) return id;
        await store.UpdateAsync(tenant, id, new(null, null, config.ToDictionary(given => given.Key, string? (given) => given.Value), credentials.ToDictionary(given => given.Key, string? (given) => given.Value)), catalog, cancellationToken);
        directory.Forget(id);
        return id;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Unipile's webhook is not registered: set PARLEY_PUBLIC_URL to the https address by which it reaches Parley. Until then what is new comes with the sync, every ten minutes.")]
        public static partial void NotReachable(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, Message = "Unipile's webhook is registered: {Address}")]
        public static partial void Registered(ILogger logger, string address);
    }
}
