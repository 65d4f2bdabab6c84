using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.ResponseCompression;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Egress;
using Parley.Server.Analytics;
using Parley.Server.Assignments;
using Parley.Server.Audit;
using Parley.Server.Automations;
using Parley.Server.Automations.Triggers;
using Parley.Server.Backfill;
using Parley.Server.Bot;
using Parley.Server.Campaigns;
using Parley.Server.Chats;
using Parley.Server.Contacts;
using Parley.Server.Conversations;
using Parley.Server.Data;
using Parley.Server.Egress;
using Parley.Server.Feed;
using Parley.Server.Ingest;
using Parley.Server.Integrations;
using Parley.Server.Jobs;
using Parley.Server.Labels;
using Parley.Server.Media;
using Parley.Server.Messages;
using Parley.Server.Notes;
using Parley.Server.Platform;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Health;
using Parley.Server.Platform.Http;
using Parley.Server.Platform.Secrets;
using Parley.Server.Platform.Telemetry;
using Parley.Server.Presence;
using Parley.Server.Scheduling;
using Parley.Server.Search;
using Parley.Server.Sending;
using Parley.Server.Sync;
using Parley.Server.Team;
using Parley.Server.Templates;
using Parley.Server.Views;
using Parley.Server.Webhooks;
using Parley.Server.WebhooksOut;

namespace Parley.Server.Hosting;

/// <summary>Which parts a process runs: everything, what people and providers call, or what works behind.</summary>
internal enum Role { All, Web, Worker }

/// <summary>The product as one table of contents: what it is made of, and what it answers.</summary>
internal static class ParleyHost
{
    public static WebApplication Build(ParleySettings settings, string connectionString, string? directConnectionString, MasterKey masterKey, Role role, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            EnvironmentName = "Production",
            ApplicationName = "parley",
            // Otherwise the host watches the working directory and all below it for configuration: every page that an
            // embedded database writes under ./data would wake it (a tenth of the process under load).
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();   // settings are ParleySettings' business, and only its
        builder.WebHost.UseUrls(settings.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.WebhookBodyLimit;
        });
        Logs(builder.Logging, settings);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(7));

        var services = builder.Services;
        services.AddSingleton(settings).AddSingleton(masterKey).AddSingleton(TimeProvider.System);
        services.AddParleyDatabase(settings, connectionString, directConnectionString);
        services.AddParleyProblems();
        services.AddParleySecrets();
        services.AddParleyAuth(settings);
        services.AddCors().AddResponseCompression(Compression);
        services.AddSingleton<Heartbeats>();
        services.AddSingleton<Idempotency>();
        services.AddSingleton(provider => ChannelCatalog.Create(ChannelHttp.Create(settings.ProviderEgress), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IntegrationStore>().AddSingleton<IntegrationDirectory>().AddSingleton<WebhookRegistrationStore>().AddSingleton<WebhookRegistrar>().AddSingleton<IntegrationHistory>().AddSingleton<IJobHandler, RemoveIntegration>();
        if (role != Role.Web) services.AddSingleton<IJobHandler, RetireWebhookSecret>();
        services.AddSingleton(provider => new PublicAddress(() => settings.PublicUrl ?? Address(provider)));
        services.AddSingleton(provider => new EgressClient(new EgressDialler(settings.Egress), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ConversationStore>().AddSingleton<BulkStore>().AddSingleton<MessageStore>().AddSingleton<MessageDrafts>().AddSingleton<JournalStore>().AddSingleton<JournalReplay>().AddSingleton<IJobHandler, ReplayJournal>();
        services.AddContacts(work: role != Role.Web);
        services.AddFeed(serve: role != Role.Worker);
        services.AddIngest();
        services.AddScheduling().AddViews().AddSingleton<LabelStore>().AddSingleton<IJobHandler, WakeSnoozed>();
        services.AddMedia(settings).AddTemplates().AddJobs(work: role != Role.Web);
        services.AddSync(work: role != Role.Web).AddSingleton<ChatStore>();
        services.AddBackfill(work: role != Role.Web);
        services.AddSearch(work: role != Role.Web);
        services.AddBot(settings, work: role != Role.Web);
        services.AddWebhooksOut(work: role != Role.Web);
        services.AddCampaigns(work: role != Role.Web);
        services.AddAutomations(work: role != Role.Web);
        services.AddAnalytics(work: role != Role.Web).AddSingleton<DataCatalog>().AddSingleton<DataRows>();
        services.AddAudit().AddNotes().AddPresence(serve: role != Role.Worker).AddAssignments(work: role != Role.Web);
        if (role != Role.Web) services.AddSending().AddHostedService<Housekeeping>();
        if (role != Role.Worker) services.AddParleyOpenApi();
        adjust?.Invoke(builder);
        TelemetryFeature.Add(builder, settings);

        var app = builder.Build();
        app.UseParleyProblems();
        app.Use(SafetyHeaders);
        if (settings.TrustedProxies.Count > 0) app.UseForwardedHeaders(Proxies(settings));
        if (role != Role.Worker) app.UseMiddleware<PresencePulse>();
        app.UseRouting();
        var page = role == Role.Worker ? null : WebPage.FindFolder();
        if (page is not null) app.UseWebPage(page);
        // No credentials of the browser's own: a page of another site brings a key.
        if (settings.CorsOrigins.Count > 0)
            app.UseWhen(http => http.Request.Path.StartsWithSegments("/api"), api => api.UseCors(cors => cors
                .WithOrigins([.. settings.CorsOrigins]).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders("Location", "Retry-After").SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
        // Answers to reading alone: nothing there is both secret and repeated with what a stranger chose, which is what compression under TLS could tell.
        app.UseWhen(http => HttpMethods.IsGet(http.Request.Method) && http.Request.Path.StartsWithSegments("/api"), api => api.UseResponseCompression());
        app.UseParleyAuth();
        if (role != Role.Worker) app.UseMiddleware<CallingRun>();
        app.MapHealth();
        if (role == Role.Worker) return app;
        app.MapParleyOpenApi();
        app.MapSessions();
        app.MapUsers();
        app.MapIntegrations();
        app.MapRegistrations();
        app.MapSyncs();
        app.MapConversations();
        app.MapLabels();
        app.MapViews();
        app.MapBulkChanges();
        app.MapChats();
        app.MapMessages();
        app.MapScheduling();
        app.MapContactsFeature();
        app.MapSearch();
        app.MapBot();
        app.MapAnalytics();
        app.MapData();
        app.MapAttachments(settings);
        app.MapMediaLinks();
        app.MapTemplates();
        app.MapTemplateEditing();
        app.MapJobs();
        app.MapJournal();
        app.MapWebhooksOut();
        app.MapCampaignsFeature();
        app.MapAutomations();
        app.MapAudit();
        app.MapTeams();
        app.MapAssignments();
        app.MapNotes();
        app.MapPresence();
        app.MapFeed();
        app.MapWebhooks();
        if (page is null) app.MapGet("/", () => TypedResults.Redirect("/docs")).ExcludeFromDescription().AllowAnonymous();
        return app;
    }

    /// <summary>What the CLI and the server share: the database in both its roles.</summary>
    public static IServiceCollection AddParleyDatabase(this IServiceCollection services, ParleySettings settings, string connectionString, string? directConnectionString)
    {
        var pooled = directConnectionString is not null && directConnectionString != connectionString;
        services.AddSingleton(provider => Source(connectionString, settings, prepare: !pooled, provider.GetService<ILoggerFactory>()));
        services.AddSingleton(provider => new DirectDatabase(pooled ? Source(directConnectionString!, settings, prepare: true, null) : provider.GetRequiredService<NpgsqlDataSource>()));
        return services.AddSingleton<TenantDatabase>().AddSingleton<SystemDatabase>();
    }

    static NpgsqlDataSource Source(string connectionString, ParleySettings settings, bool prepare, ILoggerFactory? loggers)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.ApplicationName ??= "parley";
        builder.ConnectionStringBuilder.MaxPoolSize = 40;
        // Statements are prepared after a few uses; behind a transaction-mode pooler that would not hold.
        if (prepare) builder.ConnectionStringBuilder.MaxAutoPrepare = 100;
        if (settings.LogStatements && loggers is not null) builder.UseLoggerFactory(loggers);
        return builder.Build();
    }

    internal static void Logs(ILoggingBuilder logging, ParleySettings settings)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
            console.UseUtcTimestamp = true;
        });
        logging.SetMinimumLevel(settings.Debug ? LogLevel.Debug : LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // The handler of exceptions logs the whole exception; Data Protection says at each start that it is set up as we want it.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);   // what fails at start is said by the CLI, in a sentence
        logging.AddFilter(typeof(ParleyAuthentication).FullName, settings.Debug ? LogLevel.Debug : LogLevel.Warning);   // who is not signed in is told so
        logging.AddFilter("Npgsql", settings.LogStatements ? LogLevel.Information : LogLevel.Error);
    }

    static void Compression(ResponseCompressionOptions options)
    {
        options.EnableForHttps = true;
        options.MimeTypes = ["application/json", "application/problem+json"];   // files and the stream of events pass as they are
    }

    static Task SafetyHeaders(HttpContext http, RequestDelegate next)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        return next(http);
    }

    static ForwardedHeadersOptions Proxies(ParleySettings settings)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in settings.TrustedProxies) options.KnownProxies.Add(IPAddress.Parse(proxy));
        return options;
    }

    internal static string Address(IServiceProvider provider) =>
        provider.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()?.Replace("[::]", "127.0.0.1").Replace("0.0.0.0", "127.0.0.1") ?? "";
}
