using Parley.Emulators.Meta;
using Parley.Emulators.OpenAi;
using Parley.Emulators.Phone;
using Parley.Emulators.Twilio;
using Parley.Emulators.Unipile;

namespace Parley.Emulators;

/// <summary>The providers, played faithfully enough to try and to test against, on one address: /meta, /twilio, /unipile, /openai/v1, and the controls
/// /connect, /say, /ledger and /faults; /phone is a page that plays a customer. See README.md.</summary>
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
            kestrel.Limits.MaxRequestBodySize = 150_000_000;   // a document of 100 MB, in base64
        });
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddSingleton<MetaAccounts>();
        builder.Services.AddSingleton<MetaMedia>();
        builder.Services.AddSingleton<MetaTemplates>();
        builder.Services.AddSingleton<PhoneChats>();
        builder.Services.AddSingleton<MetaEmulator>();
        builder.Services.AddSingleton<IEmulatedProvider, MetaControls>();
        builder.Services.AddSingleton<TwilioStore>();
        builder.Services.AddSingleton<TwilioEmulator>();
        builder.Services.AddSingleton<IEmulatedProvider, TwilioControls>();
        builder.Services.AddSingleton<UnipileGate>();
        builder.Services.AddSingleton<UnipileLedger>();
        builder.Services.AddSingleton<UnipileWebhooks>();
        builder.Services.AddSingleton<UnipileEmulator>();
        builder.Services.AddSingleton<UnipileControls>();
        builder.Services.AddSingleton<IEmulatedProvider>(provider => provider.GetRequiredService<UnipileControls>());
        builder.Services.AddSingleton(provider =>
        {
            var store = new UnipileStore();
            foreach (var account in UnipileStart.Accounts(provider.GetRequiredService<TimeProvider>().GetUtcNow())) store.Put(account);
            return store;
        });
        builder.Services.AddSingleton<OpenAiEmulator>();
        builder.Services.AddSingleton<IEmulatedProvider, OpenAiControls>();
        builder.Services.AddSingleton<IPhoneLine, MetaPhone>();
        builder.Services.AddSingleton<IPhoneLine, TwilioPhone>();
        builder.Services.AddSingleton<IPhoneLine, UnipilePhone>();
        builder.Services.AddSingleton<PhoneLines>();
        builder.Services.AddSingleton<Courier>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Courier>());
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
        var app = builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.MapControls();
        app.MapMetaGraph();
        app.MapTwilio();
        app.MapUnipile();
        UnipileControls.Map(app);
        OpenAiEmulator.Map(app);
        app.MapPost("/template-status", MetaControls.TemplateStatus);
        app.MapPhone();
        // Webhooks of customers' files name an address of ours.
        app.Lifetime.ApplicationStarted.Register(() => app.Services.GetRequiredService<TwilioEmulator>().MediaBase = app.Urls.First().Replace("0.0.0.0", "127.0.0.1").Replace("[::]", "127.0.0.1") + "/twilio");
        return app;
    }
}
