using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace Parley.Server.Platform.Secrets;

/// <summary>Credentials at rest. The purpose names tenant and integration: a row copied elsewhere does not open.</summary>
internal sealed class SecretBox(IDataProtectionProvider protection, KeyRing ring)
{
    IDataProtectionProvider _protection = protection;
    int _keys = -1;

    public byte[] Protect(Guid tenant, Guid integration, IReadOnlyDictionary<string, string> credentials) =>
        For(tenant, integration).Protect(JsonSerializer.SerializeToUtf8Bytes(credentials));

    /// <summary>Null when it was made for another row, or with keys that are lost.</summary>
    public IReadOnlyDictionary<string, string>? Unprotect(Guid tenant, Guid integration, byte[] box) =>
        Open(() => For(tenant, integration), box) is { } opened ? JsonSerializer.Deserialize<Dictionary<string, string>>(opened) ?? [] : null;

    /// <summary>Closes what goes out of the house and comes back.</summary>
    public byte[] Seal(string purpose, byte[] content) => _protection.CreateProtector(purpose).Protect(content);

    /// <summary>Null when it was not sealed here for this purpose, or was changed.</summary>
    public byte[]? Open(string purpose, byte[] box) => Open(() => _protection.CreateProtector(purpose), box);

    byte[]? Open(Func<IDataProtector> protector, byte[] box)
    {
        var opened = TryOpen(protector(), box);
        // Another process may have made a new key a moment ago; the ring in memory is read anew only once a day.
        if (opened is null && ring.GetAllElements().Count is var keys && keys != _keys)
        {
            (_protection, _keys) = (Fresh(), keys);
            opened = TryOpen(protector(), box);
        }
        return opened;
    }

    static byte[]? TryOpen(IDataProtector protector, byte[] box)
    {
        try
        {
            return protector.Unprotect(box);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    IDataProtectionProvider Fresh() => new ServiceCollection()
        .AddLogging()
        .AddDataProtection().SetApplicationName(SecretsFeature.Application).Services
        .Configure<KeyManagementOptions>(options => options.XmlRepository = ring)
        .BuildServiceProvider().GetRequiredService<IDataProtectionProvider>();

    IDataProtector For(Guid tenant, Guid integration) => _protection.CreateProtector("integration", tenant.ToString("N"), integration.ToString("N"));
}

internal static class SecretsFeature
{
    public const string Application = "parley";

    public static IServiceCollection AddParleySecrets(this IServiceCollection services)
    {
        services.AddSingleton<KeyRing>().AddSingleton<SecretBox>();
        services.AddDataProtection().SetApplicationName(Application);
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = provider.GetRequiredService<KeyRing>()));
        return services;
    }
}
