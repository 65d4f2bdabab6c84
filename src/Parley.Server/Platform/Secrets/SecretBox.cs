using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace Parley.Server.Platform.Secrets;

/// <summary>Credentials at rest. The purpose names tenant and integration: a row copied elsewhere does not open.</summary>
internal sealed class SecretBox(IDataProtectionProvider protection)
{
    public byte[] Protect(Guid tenant, Guid integration, IReadOnlyDictionary<string, string> credentials) =>
        For(tenant, integration).Protect(JsonSerializer.SerializeToUtf8Bytes(credentials));

    /// <exception cref="System.Security.Cryptography.CryptographicException">It was made for another row, or with lost keys.</exception>
    public IReadOnlyDictionary<string, string> Unprotect(Guid tenant, Guid integration, byte[] box) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(For(tenant, integration).Unprotect(box)) ?? [];

    IDataProtector For(Guid tenant, Guid integration) => protection.CreateProtector("integration", tenant.ToString("N"), integration.ToString("N"));
}

internal static class SecretsFeature
{
    public static IServiceCollection AddParleySecrets(this IServiceCollection services)
    {
        services.AddSingleton<KeyRing>().AddSingleton<SecretBox>();
        services.AddDataProtection().SetApplicationName("parley");
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlRepository = provider.GetRequiredService<KeyRing>()));
        return services;
    }
}
