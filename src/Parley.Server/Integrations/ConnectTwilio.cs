using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Bot;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;

namespace Parley.Server.Integrations;

/// <summary>TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_NUMBER are enough: the number becomes an integration of the first
/// tenant; with OPENAI_API_KEY beside them, its bot is on. What is connected already stays, with the token of the day, and so does what somebody set its bot to.</summary>
internal sealed class ConnectTwilio(ParleySettings settings, SystemDatabase database, ChannelCatalog catalog, IntegrationStore store, BotStore bots, IntegrationDirectory directory)
{
    const string Provider = "twilio";
    const string Channel = "whatsapp";

    /// <summary>Null when there is nothing to do, or it is done; otherwise what is in the way, in words.</summary>
    public async Task<string?> RunOnceAsync(CancellationToken cancellationToken)
    {
        if (settings is not { TwilioAccountSid: { } account, TwilioAuthToken: { } token, TwilioWhatsAppNumber: { } number } || catalog.Find<INameAccounts>(Provider)?.AccountId(Channel, number) is not { } externalId) return null;
        if (await database.FindAsync<Guid?>("select id from tenants order by created_at, id limit 1", null, cancellationToken) is not { } tenant) return "There is no tenant yet.";
        var config = new Dictionary<string, string> { ["account_sid"] = account };
        if (settings.TwilioBaseUrl is { } address) config["base_url"] = address;
        var credentials = new Dictionary<string, string> { ["auth_token"] = token };
        var id = await store.FindByAccountAsync(tenant, Provider, externalId, cancellationToken)
            ?? (await store.CreateAsync(tenant, Provider, $"WhatsApp {externalId["whatsapp:".Length..]}", new(Channel, externalId, config, credentials), null, cancellationToken))?.Id;
        if (id is not { } integration) return null;   // another node was faster
        if (settings.OpenAiKey is not null && await bots.FindAsync(tenant, integration, cancellationToken) is null) await bots.SaveAsync(tenant, integration, new(IsOn: true), cancellationToken);
        if (await directory.FindByIdAsync(integration) is not { } known) return null;
        if (config.All(given => known.Account.Config.GetValueOrDefault(given.Key) == given.Value) && credentials.All(given => known.Account.Credentials.GetValueOrDefault(given.Key) == given.Value)) return null;
        // The token before goes on being believed, for webhooks that are under way.
        if (known.Account.Credentials.GetValueOrDefault("auth_token") is { } before && before != token) credentials["previous_auth_token"] = before;
        await store.UpdateAsync(tenant, integration, new(null, null, config.ToDictionary(given => given.Key, string? (given) => given.Value), credentials.ToDictionary(given => given.Key, string? (given) => given.Value)), catalog, cancellationToken);
        directory.Forget(integration);
        return null;
    }
}
