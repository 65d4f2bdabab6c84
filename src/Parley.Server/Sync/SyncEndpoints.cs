using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Integrations;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Sync;

/// <summary>How reading an account's history goes, or went the last time.</summary>
/// <param name="State">never, waiting, running, done or failed.</param>
/// <param name="IsFull">It takes all, not only what is newer.</param>
/// <param name="StoppedBy">Why it failed, in words.</param>
/// <param name="Errors">The first hundred chats that could not be read, with their reasons.</param>
public sealed record SyncView(
    Guid IntegrationId, string State, bool IsFull, int ChatsListed, int ChatsToSync, int ChatsDone, long MessagesFetched, long MessagesCreated, long MessagesUnread,
    int ChatsWithErrors, IReadOnlyList<SyncError> Errors, string? StoppedBy, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt)
{
    internal static SyncView Of(Guid integration, AccountSyncRow? row) => row is null
        ? new(integration, "never", false, 0, 0, 0, 0, 0, 0, 0, [], null, null, null)
        : new(integration, row.State, row.IsFull, row.ChatsListed, row.ChatsToSync, row.ChatsDone, row.MessagesFetched, row.MessagesCreated, row.MessagesUnread, row.ChatsWithErrors,
            ReadErrors(row), row.StoppedBy, row.StartedAt, row.FinishedAt);

    internal static IReadOnlyList<SyncError> ReadErrors(AccountSyncRow row) =>
        [.. JsonNode.Parse(row.Errors)!.AsArray().Select(error => new SyncError((string?)error!["chat_id"], (string)error["code"]!, (string)error["words"]!))];
}

internal static class SyncEndpoints
{
    public static void MapSyncs(this IEndpointRouteBuilder routes)
    {
        var syncs = routes.MapGroup("/api/integrations/{id:guid}/sync").WithTags("Integrations");
        syncs.MapGet("", Show).RequireAuthorization(Policies.Viewer).WithSummary("How reading the account's history goes.");
        syncs.MapPost("", Start).RequireAuthorization(Policies.Editor).WithSummary("Reads the account's history now; full=true reads all of it again. Does not wait for the end.").Produces<SyncView>(StatusCodes.Status202Accepted);
    }

    static async Task<Results<Ok<SyncView>, ProblemHttpResult>> Show(Guid id, Caller caller, IntegrationStore integrations, AccountSyncStore store, CancellationToken cancellationToken) =>
        await integrations.FindAsync(caller.TenantId, id, cancellationToken) is null ? Problems.Missing("integration")
            : TypedResults.Ok(SyncView.Of(id, await store.FindAsync(caller.TenantId, id, cancellationToken)));

    static async Task<Results<Accepted<SyncView>, ProblemHttpResult>> Start(
        Guid id, Caller caller, IntegrationStore integrations, Parley.Channels.ChannelCatalog catalog, AccountSyncStore store, SyncRequests requests, CancellationToken cancellationToken, bool full = false)
    {
        if (await integrations.FindAsync(caller.TenantId, id, cancellationToken) is not { } integration) return Problems.Missing("integration");
        if (catalog.Find(integration.Provider) is not Parley.Channels.Contract.IReadHistory) return Problems.Conflict("This provider keeps no history to read.");
        await requests.RequestAsync(caller.TenantId, id, full, cancellationToken);
        return TypedResults.Accepted($"/api/integrations/{id}/sync", SyncView.Of(id, await store.FindAsync(caller.TenantId, id, cancellationToken)));
    }
}
