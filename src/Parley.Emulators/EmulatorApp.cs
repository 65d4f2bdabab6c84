using Parley.Emulators.Meta;
using Parley.Emulators.Phone;

namespace Parley.Emulators;

/// <summary>The providers, played faithfully enough to try and to test against, on one address: /meta, and the controls
/// /connect, /say, /ledger and /faults, and a phone to hold in one's hand at /phone. See README.md.</summary>
public static class EmulatorApp
{
    /// <summary>Ready to be started; with port 0 the address is known afterwards (<see cref="WebApplication.Urls"/>).</summary>
    public static WebApplication Build(string[] urls, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production", Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(urls);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 160 * 1024 * 1024;   // what a customer sends through /say may be a large file
        });
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<MetaEmulator>().AddSingleton<MetaFiles>().AddSingleton<MetaTemplates>().AddSingleton<Phones>();
        builder.Services.AddSingleton<Courier>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Courier>());
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapControls();
        app.MapPhone();
        app.MapMetaGraph();
        app.MapMetaMedia();
        app.MapMetaTemplates();
        return app;
    }
}
