using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Accounts as Unipile describes them: what kind they are and how they are.</summary>
internal static class UnipileAccounts
{
    /// <summary>Unipile's kinds of account that are channels of ours.</summary>
    public static readonly IReadOnlyList<string> Channels = ["facebook", "instagram", "linkedin", "telegram", "twitter", "whatsapp"];

    /// <summary>"INSTAGRAM" → "instagram", "MESSENGER" → "facebook"; null for mail, calendars and what Unipile adds one day.</summary>
    public static string? ChannelOf(string? type) => (type is "MESSENGER" ? "facebook" : type?.ToLowerInvariant()) is { } name && Channels.Contains(name) ? name : null;

    public static ConnectedAccount? Read(JsonElement account)
    {
        if (account.Get("id"u8).Id() is not { } id) return null;
        var type = account.Get("type"u8).Words() ?? "";
        var channel = ChannelOf(type);
        var im = account.Get("connection_params"u8).Get("im"u8);
        var number = im.Get("phone_number"u8).Text();
        var own = UnipilePeople.Find(channel ?? "", im.Get("id"u8).Id() ?? im.Get("user_id"u8).Id() ?? number, phone: number)?.Handle;
        var (health, words) = HealthOf(account.Get("sources"u8));
        return new(id, channel, account.Get("name"u8).Words() ?? im.Get("username"u8).Words() ?? number ?? id, health, words, own, type);
    }

    // An account has a source for each of its products; the worst of them is what a person must know.
    static (AccountHealth, string) HealthOf(JsonElement sources)
    {
        var worst = Health("OK")!.Value;
        foreach (var source in sources.Items())
            if (source.Get("status"u8).Words() is { } status && (Health(status) ?? Strange(status)) is var state && state.Health > worst.Health) worst = (state.Health, state.Words, false);
        return (worst.Health, worst.Words);
    }

    static (AccountHealth Health, string Words, bool) Strange(string status) => (AccountHealth.NeedsAttention, $"Unipile says {status} about this account. Look at it there.", false);

    /// <summary>The statuses of accounts and of webhooks about them; null for one that is new to us.</summary>
    public static (AccountHealth Health, string Words, bool MayHaveMissed)? Health(string status) => status switch
    {
        "OK" => (AccountHealth.Ok, "Connected.", true),
        "RECONNECTED" => (AccountHealth.Ok, "Connected again.", true),
        "SYNC_SUCCESS" => (AccountHealth.Ok, "Connected; its history is complete.", true),
        "CREATION_SUCCESS" or "CONNECTING" => (AccountHealth.Connecting, "Unipile is still connecting this account.", false),
        "CREDENTIALS" => (AccountHealth.NeedsAttention, "The network no longer accepts this account's login. Reconnect it in Unipile.", false),
        "PERMISSIONS" => (AccountHealth.NeedsAttention, "Unipile lacks a permission for this account. Reconnect it in Unipile and grant it.", false),
        "STOPPED" => (AccountHealth.NeedsAttention, "Unipile has stopped this account. Restart it there.", false),
        "ERROR" => (AccountHealth.NeedsAttention, "Unipile has an error with this account. Look at it there, or reconnect it.", false),
        "CREATION_FAIL" => (AccountHealth.NeedsAttention, "Unipile could not connect this account. Try it again there.", false),
        "DELETED" => (AccountHealth.Gone, "This account was removed at Unipile.", false),
        _ => null,
    };
}
