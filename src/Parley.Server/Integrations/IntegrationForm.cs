using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Platform.Http;

namespace Parley.Server.Integrations;

/// <summary>What somebody fills in to connect an account: the same for the API and the command line.</summary>
internal sealed record IntegrationForm(
    string? Provider, string? Channel, string? Name, string? ExternalId, IReadOnlyDictionary<string, string> Config, IReadOnlyDictionary<string, string> Credentials)
{
    const int LongestSetting = 4000;

    /// <summary>What is wrong, by field; empty when nothing is.</summary>
    public Dictionary<string, string[]> Check(ChannelCatalog catalog)
    {
        var errors = new Dictionary<string, string[]>();
        var channel = catalog.Find(Provider ?? "");
        if (channel is null) errors["provider"] = [$"It must be one of {string.Join(", ", catalog.All.Select(known => known.Provider))}."];
        else if (!channel.Channels.Contains(Channel)) errors["channel"] = [$"For {channel.Provider} it must be one of {string.Join(", ", channel.Channels)}."];
        CheckName(errors, Name);
        CheckText(errors, "external_id", ExternalId, 200);
        if (channel is not null)
        {
            if (!errors.ContainsKey("external_id") && channel.Channels.Contains(Channel) && AccountId(catalog) is null) errors["external_id"] = [$"It is no number as {channel.Provider} writes it, with its country code."];
            foreach (var (field, wrong) in CheckSettings(catalog, channel.Provider, Config, Credentials)) errors.TryAdd(field, wrong);
        }
        return errors;
    }

    /// <summary>As the provider writes it; null when it is none.</summary>
    public string? AccountId(ChannelCatalog catalog) =>
        ExternalId is null || Channel is null ? null : catalog.Find<INameAccounts>(Provider ?? "") is { } names ? names.AccountId(Channel, ExternalId) : ExternalId.Trim();

    public static void CheckName(Dictionary<string, string[]> errors, string? name) => CheckText(errors, "name", name, 150);

    /// <summary>What is wrong with the settings of a provider, by field.</summary>
    public static Dictionary<string, string[]> CheckSettings(
        ChannelCatalog catalog, string provider, IReadOnlyDictionary<string, string> config, IReadOnlyDictionary<string, string> credentials)
    {
        var errors = new Dictionary<string, string[]>();
        foreach (var (path, settings) in new[] { ("config", config), ("credentials", credentials) })
            foreach (var (name, value) in settings)
                if (Texts.Wrong(value, LongestSetting) is { } wrong) errors[$"{path}.{name}"] = [wrong];
        foreach (var (field, wrong) in catalog.Find(provider)?.Settings.Validate(config, credentials) ?? new Dictionary<string, string[]>()) errors.TryAdd(field, wrong);
        return errors;
    }

    static void CheckText(Dictionary<string, string[]> errors, string field, string? text, int most)
    {
        if (string.IsNullOrWhiteSpace(text)) errors[field] = ["It is missing."];
        else if (Texts.Wrong(text, most) is { } wrong) errors[field] = [wrong];
    }
}

/// <summary>What shall be different; null leaves a part as it is.</summary>
/// <param name="Config">By name; a null value takes the setting away.</param>
/// <param name="Credentials">By name; a null value takes the secret away.</param>
internal sealed record IntegrationEdit(
    string? Name, string? Status, IReadOnlyDictionary<string, string?>? Config, IReadOnlyDictionary<string, string?>? Credentials);
