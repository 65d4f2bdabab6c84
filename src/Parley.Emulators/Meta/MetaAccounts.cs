using System.Collections.Concurrent;

namespace Parley.Emulators.Meta;

/// <summary>A WhatsApp number, and where its webhooks go.</summary>
internal sealed record MetaAccount(string PhoneNumberId, string WebhookUrl, string AppSecret, string WabaId, string Name = "Emulated business", string DisplayNumber = "15550783881");

/// <summary>The numbers that somebody has connected.</summary>
internal sealed class MetaAccounts
{
    /// <summary>The business account of numbers that nobody has connected.</summary>
    public const string AnyWaba = "102290129340398";

    readonly ConcurrentDictionary<string, MetaAccount> _accounts = new();

    public void Connect(MetaAccount account) => _accounts[account.PhoneNumberId] = account;

    public MetaAccount? Find(string phoneNumberId) => _accounts.GetValueOrDefault(phoneNumberId);

    public IReadOnlyList<MetaAccount> List() => [.. _accounts.Values.OrderBy(account => account.Name).ThenBy(account => account.PhoneNumberId)];

    /// <summary>One for each address that hears of this business account: several numbers may share one.</summary>
    public IReadOnlyList<MetaAccount> ListeningTo(string wabaId) =>
        [.. _accounts.Values.Where(account => account.WabaId == wabaId).DistinctBy(account => (account.WebhookUrl, account.AppSecret))];
}
