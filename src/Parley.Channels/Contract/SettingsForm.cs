using System.Reflection;

namespace Parley.Channels.Contract;

/// <summary>A setting a person fills in to connect an account. On properties of type string or string? of a settings record.</summary>
/// <param name="name">Its name in the API, e.g. "waba_id".</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string name) : Attribute
{
    public string Name => name;
    public string? Label { get; init; }

    /// <summary>One sentence: where to find it.</summary>
    public string Help { get; init; } = "";
    public bool Required { get; init; }

    /// <summary>A credential: stored encrypted, never shown again, left out of logs.</summary>
    public bool Secret { get; init; }

    /// <summary>An absolute http(s) address.</summary>
    public bool IsUrl { get; init; }

    /// <summary>A whole number above 0, written as text.</summary>
    public bool IsNumber { get; init; }

    /// <summary>Not secret enough to hide, but people file it under credentials too: accepted in both places.</summary>
    public bool AlsoCredential { get; init; }
}

/// <summary>One field of a form.</summary>
public sealed record SettingField(
    string Name, string Label, string Help, bool Required, bool Secret, bool IsUrl, bool IsNumber = false, bool AlsoCredential = false);

/// <summary>The settings of a provider, read from the attributes of its settings record.</summary>
public sealed record SettingsForm(IReadOnlyList<SettingField> Fields)
{
    public static SettingsForm Of<TSettings>() => new([.. typeof(TSettings)
        .GetProperties()
        .Select(property => property.GetCustomAttribute<SettingAttribute>())
        .OfType<SettingAttribute>()
        .Select(setting => new SettingField(
            setting.Name, setting.Label ?? setting.Name, setting.Help, setting.Required, setting.Secret,
            setting.IsUrl, setting.IsNumber, setting.AlsoCredential))]);

    /// <summary>What is wrong, by field name ("config.waba_id", "credentials.access_token"); empty when nothing is.
    /// Unknown settings are refused too: a misspelt one is otherwise silently ignored.</summary>
    public IReadOnlyDictionary<string, string[]> Validate(
        IReadOnlyDictionary<string, string> config, IReadOnlyDictionary<string, string> credentials)
    {
        var errors = new Dictionary<string, string[]>();
        foreach (var field in Fields)
        {
            var path = $"{(field.Secret ? "credentials" : "config")}.{field.Name}";
            var given = (field.Secret ? credentials : config).GetValueOrDefault(field.Name);
            if (given is null && field.AlsoCredential) given = credentials.GetValueOrDefault(field.Name);
            if (string.IsNullOrWhiteSpace(given))
            {
                if (field.Required) errors[path] = [$"{field.Label} is missing. {field.Help}".Trim()];
            }
            else if (field.IsUrl && !(Uri.TryCreate(given, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            {
                errors[path] = [$"{field.Label} must be an address that starts with http:// or https://."];
            }
            else if (field.IsNumber && !(int.TryParse(given, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0))
            {
                errors[path] = [$"{field.Label} must be a whole number above 0."];
            }
        }
        foreach (var name in config.Keys.Where(name => !Fields.Any(field => !field.Secret && field.Name == name)))
            errors[$"config.{name}"] = Fields.Any(field => field.Secret && field.Name == name)
                ? [$"{name} is a secret: give it under credentials."]
                : [$"{name} is not a setting of this provider."];
        foreach (var name in credentials.Keys.Where(name => !Fields.Any(field => (field.Secret || field.AlsoCredential) && field.Name == name)))
            errors[$"credentials.{name}"] = [$"{name} is not a credential of this provider."];
        return errors;
    }
}
