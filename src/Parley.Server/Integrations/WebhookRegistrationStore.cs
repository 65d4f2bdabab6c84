using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Parley.Channels.Contract;
using Parley.Server.Audit;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Integrations;

/// <summary>An attempt to register that nobody else makes at the same time.</summary>
/// <param name="Carrier">The integration whose address the provider is to call.</param>
/// <param name="Account">The carrier's, with the secret that is stored already.</param>
/// <param name="Replaces">What an earlier attempt left at the provider.</param>
internal sealed record RegistrationClaim(Guid Carrier, long Fence, ChannelAccount Account, string Secret, IReadOnlyList<string> Replaces);

/// <summary>All SQL of webhook_registrations; and of the secrets in an integration's credentials that belong to them.</summary>
internal sealed class WebhookRegistrationStore(TenantDatabase database, SecretBox secrets, TimeProvider time)
{
    /// <summary>An attempt that has not ended by then was cut off.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>So long a provider may still come with what it tried to deliver before a rotation.</summary>
    public static readonly TimeSpan PreviousIsAccepted = TimeSpan.FromHours(24);

    const string Columns = "integration_id, address, provider_ids, is_pending, claimed_until, fence, error, registered_at, previous_until";

    /// <summary>All registrations of the tenant: a handful.</summary>
    public Task<IReadOnlyList<WebhookRegistrationRow>> ListAsync(Guid tenant, CancellationToken cancellationToken) =>
        database.ListAsync<WebhookRegistrationRow>(tenant, $"select {Columns} from webhook_registrations where tenant_id = @tenant order by integration_id limit 1000", null, cancellationToken);

    /// <summary>Accounts of the provider, with their credentials opened where they can be.</summary>
    public async Task<IReadOnlyList<(Guid Id, ChannelAccount Account)>> ListAccountsAsync(Guid tenant, string provider, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<AccountRow>(tenant, $"{Accounts} limit 1000", new { provider }, cancellationToken)).Select(row => (row.Id, Open(tenant, row)))];

    const string Accounts = "select id, channel, external_id, config::text as config, credentials from integrations where tenant_id = @tenant and provider = @provider order by id";

    /// <summary>Chooses whose address is called, makes a secret where the last one has arrived, and stores both secrets, in one transaction:
    /// from now on deliveries with either are taken. Null with the reason when that is not possible now.</summary>
    /// <param name="isOne">Whether two accounts are behind one registration.</param>
    /// <param name="address">Of the integration that is called.</param>
    public Task<(RegistrationClaim? Claim, string? Reason)> ClaimAsync(
        Guid tenant, Guid integration, string provider, bool renews, Func<ChannelAccount, ChannelAccount, bool> isOne, Func<Guid, string> address, CancellationToken cancellationToken) =>
        database.ChangeAsync<(RegistrationClaim?, string?)>(tenant, async change =>
        {
            // Their lock makes one of two that come at once wait, also when they ask for two accounts of one workspace.
            var rows = (await change.ListAsync<AccountRow>($"{Accounts} for no key update", new { provider }, cancellationToken)).ToDictionary(row => row.Id);
            if (!rows.TryGetValue(integration, out var asked)) return (null, "This integration is gone.");
            var account = Open(tenant, asked);
            if (account.Credentials.Count == 0) return (null, "Its credentials cannot be opened. Enter all of them anew.");
            var known = (await change.ListAsync<WebhookRegistrationRow>($"select {Columns} from webhook_registrations where tenant_id = @tenant order by integration_id", null, cancellationToken)).ToList();
            var before = known.Find(row => row.IntegrationId == integration) ?? known.Find(row => rows.TryGetValue(row.IntegrationId, out var other) && isOne(Open(tenant, other), account));
            if (before?.ClaimedUntil > change.Now) return (null, "The webhook is being registered already. Look again in a moment.");

            var carrier = before is null ? asked : rows[before.IntegrationId];
            var credentials = new Dictionary<string, string>(Open(tenant, carrier).Credentials);
            if (renews && !(before is { IsPending: true } && credentials.ContainsKey(WebhookRegistration.SecretName)))
            {
                if (credentials.TryGetValue(WebhookRegistration.SecretName, out var last)) credentials[WebhookRegistration.PreviousSecretName] = last;
                credentials[WebhookRegistration.SecretName] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
                await SaveAsync(change, tenant, carrier.Id, credentials, cancellationToken);
            }
            var fence = await change.FindAsync<long>("""
                insert into webhook_registrations (tenant_id, integration_id, address, claimed_until, fence, updated_at)
                values (@tenant, @id, @address, @until, 1, @now)
                on conflict (tenant_id, integration_id) do update set
                    address = excluded.address, is_pending = @renews or webhook_registrations.is_pending, claimed_until = excluded.claimed_until, fence = webhook_registrations.fence + 1,
                    previous_until = case when @renews then null else webhook_registrations.previous_until end, updated_at = excluded.updated_at
                returning fence
                """, new { id = carrier.Id, address = address(carrier.Id), until = change.Now + Patience, renews, now = change.Now }, cancellationToken);
            change.Audit(AuditEntry.Of(tenant, renews ? "webhook.registering" : "webhook.unregistering", "integration", carrier.Id, after: new { address = address(carrier.Id) }));
            var opened = new ChannelAccount(carrier.Channel, carrier.ExternalId, Config(carrier), credentials);
            return (new(carrier.Id, fence, opened, credentials.GetValueOrDefault(WebhookRegistration.SecretName, ""), before?.ProviderIds ?? []), null);
        }, cancellationToken);

    /// <summary>It stands. The secret before it is taken back after a while, by a job. Nothing happens for an attempt that another took over.</summary>
    /// <param name="left">What could not be tidied up, in words.</param>
    /// <param name="alongside">What else belongs into the same transaction.</param>
    public Task<bool> FinishAsync(Guid tenant, RegistrationClaim claim, IReadOnlyList<string> ids, string? left, Func<Change, WebhookRegistrationRow, Task> alongside) =>
        database.ChangeAsync(tenant, async change =>
        {
            var previous = claim.Account.Credentials.ContainsKey(WebhookRegistration.PreviousSecretName) ? change.Now + PreviousIsAccepted : (DateTimeOffset?)null;
            var row = await change.FindAsync<WebhookRegistrationRow>($"""
                update webhook_registrations set
                    provider_ids = @ids, is_pending = false, claimed_until = null, error = @left, registered_at = @now, previous_until = @previous, updated_at = @now
                where tenant_id = @tenant and integration_id = @Carrier and fence = @Fence
                returning {Columns}
                """, new { claim.Carrier, claim.Fence, ids = ids.ToArray(), left, previous, now = change.Now }, CancellationToken.None);
            if (row is null) return false;
            if (previous is { } until) await JobStore.AddAsync(change, tenant, RetireWebhookSecret.JobType, claim.Carrier.ToString(), until, CancellationToken.None);
            change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: claim.Carrier));
            await alongside(change, row);
            return true;
        }, CancellationToken.None);

    /// <summary>It did not work. Both secrets stay good: what the provider really heard is not known.</summary>
    public Task FailAsync(Guid tenant, RegistrationClaim claim, string words) =>
        database.ExecuteAsync(tenant, """
            update webhook_registrations set claimed_until = null, error = @words, updated_at = @now
            where tenant_id = @tenant and integration_id = @Carrier and fence = @Fence
            """, new { claim.Carrier, claim.Fence, words, now = time.GetUtcNow() }, CancellationToken.None);

    /// <summary>The provider posts there no more.</summary>
    public Task RemoveAsync(Guid tenant, RegistrationClaim claim) =>
        database.ChangeAsync(tenant, async change =>
        {
            var gone = await change.ExecuteAsync("delete from webhook_registrations where tenant_id = @tenant and integration_id = @Carrier and fence = @Fence", new { claim.Carrier, claim.Fence }, CancellationToken.None);
            if (gone > 0) change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: claim.Carrier));
            return gone;
        }, CancellationToken.None);

    /// <summary>Takes the previous secret back when its time is over. When it is not: until when.</summary>
    public Task<DateTimeOffset?> RetireAsync(Guid tenant, Guid integration, CancellationToken cancellationToken) =>
        database.ChangeAsync<DateTimeOffset?>(tenant, async change =>
        {
            var row = await change.FindAsync<AccountRow>("select id, channel, external_id, config::text as config, credentials from integrations where tenant_id = @tenant and id = @integration for no key update", new { integration }, cancellationToken);
            var until = await change.FindAsync<DateTimeOffset?>("select previous_until from webhook_registrations where tenant_id = @tenant and integration_id = @integration", new { integration }, cancellationToken);
            if (row is null || until is null || until > change.Now) return until;
            var credentials = new Dictionary<string, string>(Open(tenant, row).Credentials);
            if (credentials.Remove(WebhookRegistration.PreviousSecretName)) await SaveAsync(change, tenant, integration, credentials, cancellationToken);
            await change.ExecuteAsync("update webhook_registrations set previous_until = null, updated_at = @now where tenant_id = @tenant and integration_id = @integration", new { integration, now = change.Now }, cancellationToken);
            change.Publish(new FeedEvent(tenant, "integration.updated", IntegrationId: integration));
            return null;
        }, cancellationToken);

    Task SaveAsync(Change change, Guid tenant, Guid id, Dictionary<string, string> credentials, CancellationToken cancellationToken) =>
        change.ExecuteAsync("update integrations set credentials = @box, updated_at = @now where tenant_id = @tenant and id = @id", new { id, box = secrets.Protect(tenant, id, credentials), now = change.Now }, cancellationToken);

    ChannelAccount Open(Guid tenant, AccountRow row) =>
        new(row.Channel, row.ExternalId, Config(row), secrets.Unprotect(tenant, row.Id, row.Credentials) ?? new Dictionary<string, string>());

    static Dictionary<string, string> Config(AccountRow row) => JsonSerializer.Deserialize<Dictionary<string, string>>(row.Config) ?? [];

    sealed class AccountRow
    {
        public Guid Id { get; init; }
        public string Channel { get; init; } = "";
        public string ExternalId { get; init; } = "";
        public string Config { get; init; } = "{}";
        public byte[] Credentials { get; init; } = [];
    }
}

internal sealed class WebhookRegistrationRow
{
    public Guid IntegrationId { get; init; }
    public string Address { get; init; } = "";
    public string[] ProviderIds { get; init; } = [];
    public bool IsPending { get; init; }
    public DateTimeOffset? ClaimedUntil { get; init; }
    public long Fence { get; init; }
    public string? Error { get; init; }
    public DateTimeOffset? RegisteredAt { get; init; }
    public DateTimeOffset? PreviousUntil { get; init; }
}
