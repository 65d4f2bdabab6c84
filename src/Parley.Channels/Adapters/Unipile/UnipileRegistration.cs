using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Tells Unipile where to post. Messages and the state of accounts are two webhooks; without a list of accounts both
/// serve all of the workspace, those connected later too. Webhooks cannot be changed, only made and removed.</summary>
internal sealed class UnipileRegistration(UnipileClient client)
{
    const int MostPages = 100;

    static readonly string[] MessageEvents = ["message_received", "message_read", "message_reaction", "message_edited", "message_deleted"];

    // Used by integrators and absent from one published schema: left out where Unipile refuses it.
    const string Delivered = "message_delivered";

    static readonly string[] AccountEvents =
        ["creation_success", "creation_fail", "deleted", "reconnected", "sync_success", "stopped", "ok", "connecting", "error", "credentials", "permissions"];

    /// <summary>A key sees all accounts of its workspace, and no other.</summary>
    public static bool IsOneWorkspace(UnipileSettings one, UnipileSettings other) =>
        one.ApiKey.Length > 0 && one.ApiKey == other.ApiKey && UnipileRequest.Address(one, "/") is { } address && address == UnipileRequest.Address(other, "/");

    /// <summary>:: 1 make the new ones · 2 if one cannot be made, take back the other and leave the old · 3 remove the old.</summary>
    public async Task<RegisteredWebhooks> RegisterAsync(ChannelAccount account, WebhookRegistration registration, CancellationToken cancellationToken)
    {
        // :: 1
        var (messages, failure) = await CreateAsync(account, registration, "messaging", [.. MessageEvents, Delivered], cancellationToken);
        if (failure is { Code: "rejected" }) (messages, failure) = await CreateAsync(account, registration, "messaging", MessageEvents, cancellationToken);
        if (messages is null) return new([], failure);
        var (accounts, refusal) = await CreateAsync(account, registration, "account_status", AccountEvents, cancellationToken);

        // :: 2
        if (accounts is null)
        {
            await UnregisterAsync(account, messages, cancellationToken);
            return new([], refusal);
        }

        // :: 3
        ReadFailure? left = null;
        foreach (var old in registration.Replaces.Where(old => old != messages && old != accounts))
            left = await UnregisterAsync(account, old, cancellationToken) ?? left;
        return new([messages, accounts], left);
    }

    async Task<(string? Id, ReadFailure? Failure)> CreateAsync(
        ChannelAccount account, WebhookRegistration registration, string source, string[] events, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["request_url"] = registration.Address.AbsoluteUri,
            ["source"] = source,
            ["name"] = registration.Name,
            ["format"] = "json",
            ["enabled"] = true,
            ["events"] = new JsonArray([.. events.Select(name => JsonValue.Create(name))]),
            ["headers"] = new JsonArray(
                new JsonObject { ["key"] = UnipileSecret.Header, ["value"] = registration.Secret },
                // Without it the body is JSON under the content type of a form.
                new JsonObject { ["key"] = "Content-Type", ["value"] = "application/json" }),
        };
        using var content = UnipileRequest.Json(body);
        var (answer, failure) = await client.AskAsync(account, HttpMethod.Post, "/webhooks", cancellationToken, content);
        using (answer)
        {
            if (answer is null) return (null, Silent(failure!, registration.Secret));
            return (answer.Root.Get("webhook_id"u8).FirstId() ?? answer.Root.Get("id"u8).FirstId()) is { } id ? (id, null) : (null, ReadFailure.Unreadable);
        }
    }

    // The new secret is not among the account's credentials yet, and a refusal may repeat what it refuses.
    static ReadFailure Silent(ReadFailure failure, string secret) => failure with { ProviderText = Redaction.Redact(failure.ProviderText, [secret]) };

    public async Task<ReadFailure?> UnregisterAsync(ChannelAccount account, string webhookId, CancellationToken cancellationToken) =>
        await client.DoAsync(account, HttpMethod.Delete, $"/webhooks/{UnipileRequest.Escaped(webhookId)}", cancellationToken) is { Code: not "not_found" } failure ? failure : null;

    public async Task<Found<IReadOnlyList<string>>> ListAsync(ChannelAccount account, Uri address, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var (answer, failure) = await client.AskAsync(account, HttpMethod.Get, "/webhooks", cancellationToken, null, ("cursor", cursor), ("limit", "250"));
            using (answer)
            {
                if (answer is null) return new(null, failure);
                foreach (var webhook in answer.Root.Get("items"u8).Items())
                    if (webhook.Get("id"u8).Id() is { } id && Uri.TryCreate(webhook.Get("request_url"u8).Words(), UriKind.Absolute, out var url) && url == address) ids.Add(id);
                var next = answer.Root.Get("cursor"u8).Words();
                if (next is null || next == cursor) return new(ids);
                cursor = next;
            }
        }
        return new(ids);
    }
}
