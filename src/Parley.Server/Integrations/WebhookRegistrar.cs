using Parley.Channels.Contract;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Integrations;

/// <summary>Has a provider post to us, with a secret of ours; asked again, it is a new secret. What is on its way meanwhile is taken with
/// either. It may be killed anywhere: the next attempt goes on with the same secret and tidies up.
/// :: 1 the secret is stored, the one before it stays good · 2 the provider's webhooks at this address are looked up: also those that an
/// attempt left behind which did not live to note them · 3 new ones are made, then the old ones removed · 4 that is noted.</summary>
internal sealed class WebhookRegistrar(WebhookRegistrationStore store, IntegrationDirectory directory, PublicAddress address)
{
    const string Name = "Parley";

    /// <summary>Null when it stands; otherwise why not. A reason without a code is ours.</summary>
    public async Task<RegistrationProblem?> RegisterAsync(
        Guid tenant, Guid integration, string provider, IRegisterWebhooks channel, Func<Change, WebhookRegistrationRow, Task> alongside, CancellationToken cancellationToken)
    {
        // :: 1
        var (claim, reason) = await store.ClaimAsync(tenant, integration, provider, renews: true, channel.IsOneWorkspace, id => address.Of(provider, id), cancellationToken);
        if (claim is null) return new(reason!);
        directory.Forget(claim.Carrier);

        // From here on nobody's impatience ends it: the caller may hang up.
        using var patience = new CancellationTokenSource(WebhookRegistrationStore.Patience - TimeSpan.FromSeconds(15));
        var url = new Uri(address.Of(provider, claim.Carrier));
        try
        {
            // :: 2
            var listed = await channel.ListRegisteredAsync(claim.Account, url, patience.Token);
            if (listed.Failure is { } unlisted) return await FailedAsync(unlisted);

            // :: 3
            var made = await channel.RegisterAsync(claim.Account, new(url, claim.Secret, Name, [.. claim.Replaces.Union(listed.Item!)]), patience.Token);
            if (made.Ids.Count == 0) return await FailedAsync(made.Failure ?? ReadFailure.Unreadable);

            // :: 4
            var left = made.Failure is { } failure ? $"An earlier webhook could not be removed: {failure.Words}" : null;
            return await store.FinishAsync(tenant, claim, made.Ids, left, alongside) ? null : new("It took so long that another attempt began. Look how that went.");
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return await FailedAsync(ReadFailure.ConnectionFailed);
        }

        async Task<RegistrationProblem> FailedAsync(ReadFailure failure)
        {
            await store.FailAsync(tenant, claim, failure.Words);
            return new(failure.Words, failure.Code);
        }
    }

    /// <summary>The provider shall post no more, for all accounts that the registration serves.</summary>
    public async Task<RegistrationProblem?> UnregisterAsync(Guid tenant, Guid integration, string provider, IRegisterWebhooks channel, CancellationToken cancellationToken)
    {
        var (claim, reason) = await store.ClaimAsync(tenant, integration, provider, renews: false, channel.IsOneWorkspace, id => address.Of(provider, id), cancellationToken);
        if (claim is null) return new(reason!);
        using var patience = new CancellationTokenSource(WebhookRegistrationStore.Patience - TimeSpan.FromSeconds(15));
        ReadFailure? left;
        try
        {
            var listed = await channel.ListRegisteredAsync(claim.Account, new Uri(address.Of(provider, claim.Carrier)), patience.Token);
            left = listed.Failure;
            foreach (var id in claim.Replaces.Union(listed.Item ?? [])) left = await channel.UnregisterAsync(claim.Account, id, patience.Token) ?? left;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested) { left = ReadFailure.ConnectionFailed; }
        if (left is null) await store.RemoveAsync(tenant, claim);
        else await store.FailAsync(tenant, claim, left.Words);
        return left is null ? null : new(left.Words, left.Code);
    }
}

/// <param name="Code">The provider's failure, one of a closed set; null when it was not asked.</param>
internal sealed record RegistrationProblem(string Words, string? Code = null);

/// <summary>The secret before a rotation is accepted for a bounded time.</summary>
internal sealed class RetireWebhookSecret(WebhookRegistrationStore store, IntegrationDirectory directory) : IJobHandler
{
    public const string JobType = "webhook.retire";

    public string Type => JobType;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        var id = Guid.Parse(job.Key);
        if (await store.RetireAsync(job.TenantId, id, stopping) is { } until) return new JobOutcome.Again(until);
        directory.Forget(id);
        return new JobOutcome.Done();
    }
}
