using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Media;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.EmbeddedPostgres;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Cli;

/// <summary>Looks at everything that Parley stands on and says, a sentence each, what to do. It makes and changes nothing.</summary>
internal static class DoctorCommand
{
    const long LittleDisk = 2L << 30;
    static readonly TimeSpan Skew = TimeSpan.FromSeconds(2);

    /// <param name="State">ok, look or wrong.</param>
    public sealed record Finding(string State, string About, string Words);

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON and nothing else" };
        var offline = new Option<bool>("--offline") { Description = "Do not ask the providers" };
        var urls = new Option<string?>("--urls") { Description = "Where Parley listens (default http://127.0.0.1:8000)" };
        var command = new Command("doctor", "Looks for what is wrong and says what to do. Examples: parley doctor · parley doctor --offline --json") { json, offline, urls };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var settings = ParleyCli.Settings(parsed, ("PARLEY_URLS", parsed.GetValue(urls)));
            var findings = new List<Finding>();
            await foreach (var finding in LookAsync(settings, parsed.GetValue(offline), cancellationToken))
            {
                findings.Add(finding);
                if (!parsed.GetValue(json)) Console.WriteLine($"{Sign(finding.State)} {finding.About}: {finding.Words}");
            }
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(findings.Select(finding => new { state = finding.State, about = finding.About, words = finding.Words })));
            return findings.Exists(finding => finding.State == "wrong") ? 1 : 0;
        });
        return command;
    }

    static string Sign(string state) => state switch { "ok" => "✓", "look" => "!", _ => "✗" };

    /// <summary>:: 1 this machine · 2 the database · 3 keys · 4 what is left undone · 5 the providers.</summary>
    internal static async IAsyncEnumerable<Finding> LookAsync(ParleySettings settings, bool offline, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // :: 1
        yield return Folder(settings);
        if (Twilio(settings) is { } twilio) yield return twilio;
        foreach (var url in settings.Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) yield return await ListeningAsync(url, cancellationToken);
        if (settings.InMemory)
        {
            yield return new("ok", "database", "STORAGE_BACKEND is memory: it is made at each start, and there is nothing to look at.");
            yield break;
        }

        // :: 2
        EmbeddedServer? embedded = null;
        string? connectionString = settings.DatabaseConnectionString;
        if (connectionString is null)
        {
            if (!EmbeddedServer.Exists(settings.DataFolder))
            {
                yield return new("look", "database", $"There is none in {settings.DataFolder} that {Environment.UserName} can see. ./parley up makes one.");
                yield break;
            }
            Finding? broken = null;
            try { embedded = await EmbeddedServer.AttachOrStartAsync(settings.DataFolder, cancellationToken); }
            catch (EmbeddedPostgresException failure) { broken = new("wrong", "database", failure.Message); }
            if (broken is not null)
            {
                yield return broken;
                yield break;
            }
            connectionString = embedded!.ConnectionString;
        }
        await using var keep = embedded;
        await using var source = NpgsqlDataSource.Create(connectionString);
        var reached = await DatabaseAsync(source, cancellationToken);
        foreach (var finding in reached) yield return finding;
        if (reached.Exists(finding => finding.State == "wrong")) yield break;

        // :: 3
        var news = new Feed.FeedNews();
        var system = new SystemDatabase(source, news, TimeProvider.System);
        var (key, masterKey) = await KeysAsync(settings, system, cancellationToken);
        yield return key;

        // :: 4
        yield return await UndoneAsync(system, cancellationToken);

        // :: 5
        if (offline || masterKey is null) yield break;
        await foreach (var finding in ProvidersAsync(settings, connectionString, masterKey, system, cancellationToken)) yield return finding;
    }

    static Finding Folder(ParleySettings settings)
    {
        var folder = settings.DataFolder;
        // The first start makes what is missing, if it may write to what is there.
        var nearest = folder;
        while (!Directory.Exists(nearest) && Path.GetDirectoryName(nearest) is { } parent) nearest = parent;
        try
        {
            var probe = Path.Combine(nearest, $".doctor-{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return new("wrong", "data folder", $"{nearest} cannot be written to by {Environment.UserName}. Give it to that user, or choose another with --data.");
        }
        if (nearest != folder) return new("ok", "data folder", $"{folder} is not here yet; the first start makes it.");
        var free = new DriveInfo(folder).AvailableFreeSpace;
        return free < LittleDisk
            ? new("look", "data folder", $"{folder} has {free / 1_000_000:N0} MB left on its disk. Make room: when it is full, nothing more can be stored.")
            : new("ok", "data folder", $"{folder} can be written to; {free / 1_000_000_000.0:N0} GB are free.");
    }

    static async Task<Finding> ListeningAsync(string url, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(url.Replace("*", "127.0.0.1").Replace("+", "127.0.0.1").Replace("0.0.0.0", "127.0.0.1").Replace("[::]", "127.0.0.1"), UriKind.Absolute, out var address)) return new("wrong", "address", $"{url} is no address.");
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            using var answer = await http.GetAsync(new Uri(address, "/health/ready"), cancellationToken);
            var body = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (!body.Contains("\"problems\"", StringComparison.Ordinal)) return new("wrong", "address", $"Another program answers at {url}. Stop it, or choose another address with --urls.");
            return answer.IsSuccessStatusCode ? new("ok", "address", $"Parley runs at {url} and is ready.") : new("wrong", "address", $"Parley runs at {url} and is not ready: {body}");
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, address.Port);
                listener.Start();
                return new("ok", "address", $"Nothing runs at {url}; the port is free.");
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
            {
                return new("wrong", "address", $"{Environment.UserName} may not listen at {url}: ports below 1024 need a right to it. Choose a higher one with --urls.");
            }
            catch (SocketException)
            {
                return new("wrong", "address", $"Something that does not speak HTTP holds the port of {url}. Stop it, or choose another address with --urls.");
            }
        }
    }

    static async Task<List<Finding>> DatabaseAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            var major = connection.PostgreSqlVersion.Major;
            findings.Add(major is >= 15 and <= 18
                ? new("ok", "database", $"PostgreSQL {connection.PostgreSqlVersion} answers.")
                : new(major < 15 ? "wrong" : "look", "database", $"This is PostgreSQL {connection.PostgreSqlVersion}; Parley is made for 15 to 18."));
            await using var clock = new NpgsqlCommand("select clock_timestamp()", connection);
            var skew = (TimeProvider.System.GetUtcNow() - new DateTimeOffset((DateTime)(await clock.ExecuteScalarAsync(cancellationToken))!, TimeSpan.Zero)).Duration();
            findings.Add(skew > Skew
                ? new("look", "clock", $"This machine and the database differ by {skew.TotalSeconds:N0} seconds. Let both follow a time server (NTP).")
                : new("ok", "clock", "This machine and the database agree."));
        }
        catch (Exception away) when (away is NpgsqlException or SocketException or TimeoutException)
        {
            findings.Add(new("wrong", "database", Advice(away)));
            return findings;
        }
        try
        {
            await new Migrator(source, TimeProvider.System).CheckAsync(cancellationToken);
            findings.Add(new("ok", "schema", $"It is up to date ({Migrator.All.Count} migrations)."));
        }
        catch (MigrationException behind) { findings.Add(new("wrong", "schema", behind.Message)); }
        return findings;
    }

    /// <summary>What usually stands behind it when a database cannot be reached.</summary>
    internal static string Advice(Exception away) => away switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } =>
            "The server refuses the login. Its user and password must be those of DATABASE_URL (or DB_USERNAME and DB_PASSWORD): with compose.yaml both come from the same .env, and a password that was changed there later is not the one in the volume (docker compose down -v forgets it, and all data).",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } missing => $"{missing.MessageText}. Create it, or correct the name in DATABASE_URL (or DB_NAME).",
        PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } => "The server is starting or stopping. Wait a moment, then look again; docker compose logs postgres says what it does.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "The server has no connection left. Raise its max_connections, or put fewer programs on it.",
        _ when (away as SocketException ?? away.InnerException as SocketException) is { SocketErrorCode: SocketError.ConnectionRefused } =>
            "The connection is refused: nothing listens there. Is the server running (docker compose ps)? Are host and port those of DATABASE_URL (or DB_HOST and DB_PORT), and is the port not another program's (lsof -i :5432)?",
        _ when (away as SocketException ?? away.InnerException as SocketException) is { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
            "Nobody knows this host. Look at DATABASE_URL (or DB_HOST); the name postgres is known inside of docker compose only, outside it is localhost.",
        _ => $"It cannot be reached: {away.Message} Look at DATABASE_URL (or DB_HOST and its siblings), and whether the server runs.",
    };

    static Finding? Twilio(ParleySettings settings) =>
        settings.TwilioAccountSid is null ? null
        : settings.PublicUrl is null ? new("look", "Twilio", "PARLEY_PUBLIC_URL is not set, so no webhook of Twilio's finds this machine. Messages are fetched every 15 seconds instead, and ticks with them.")
        : settings.PublicUrl.StartsWith("https://", StringComparison.Ordinal) ? new("ok", "Twilio", $"Webhooks are expected at {settings.PublicUrl}.")
        : new("look", "Twilio", $"PARLEY_PUBLIC_URL is {settings.PublicUrl}. Give Twilio an https address: what customers write passes there.");

    static async Task<(Finding Finding, MasterKey? Key)> KeysAsync(ParleySettings settings, SystemDatabase system, CancellationToken cancellationToken)
    {
        try
        {
            var ring = await KeyRingAdministration.ExistsAsync(system, cancellationToken);
            if (!ring && settings.MasterKey is null && !File.Exists(MasterKey.PathIn(settings.DataFolder))) return (new("ok", "keys", "There are none yet; the first start makes them."), null);
            var key = MasterKey.Load(settings.MasterKey, settings.DataFolder, ringExists: true);
            await KeyRingAdministration.CheckAsync(system, key, cancellationToken);
            return (new("ok", "keys", settings.MasterKey is null ? $"The master key opens the key ring. Keep a copy of {MasterKey.PathIn(settings.DataFolder)} apart from the database." : "The master key (PARLEY_MASTER_KEY) opens the key ring."), key);
        }
        catch (MasterKeyException wrong) { return (new("wrong", "keys", wrong.Message), null); }
    }

    static async Task<Finding> UndoneAsync(SystemDatabase system, CancellationToken cancellationToken)
    {
        var left = (await system.FindAsync<Undone>("""
            select (select count(*) from webhook_events where status = 'failed') as webhooks, (select count(*) from scheduled_jobs where status = 'dead') as jobs,
                (select count(*) from messages where status = 'unknown') as unknown
            """, null, cancellationToken))!;
        var words = new List<string>();
        if (left.Webhooks > 0) words.Add($"{left.Webhooks:N0} webhooks could not be applied (look at them in the journal, then replay)");
        if (left.Jobs > 0) words.Add($"{left.Jobs:N0} jobs are dead (GET /api/jobs?status=dead, then replay)");
        if (left.Unknown > 0) words.Add($"{left.Unknown:N0} sends could not be confirmed (look whether they arrived)");
        return words.Count == 0 ? new("ok", "work", "Nothing is left undone.") : new("look", "work", string.Join("; ", words) + ".");
    }

    static async IAsyncEnumerable<Finding> ProvidersAsync(
        ParleySettings settings, string connectionString, MasterKey masterKey, SystemDatabase system, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddLogging().AddSingleton(settings).AddSingleton(masterKey).AddSingleton(TimeProvider.System).AddSingleton<Feed.FeedNews>()
            .AddSingleton(NpgsqlDataSource.Create(connectionString)).AddSingleton<TenantDatabase>().AddSingleton<SystemDatabase>().AddParleySecrets().BuildServiceProvider();
        var store = new IntegrationStore(services.GetRequiredService<TenantDatabase>(), system, services.GetRequiredService<SecretBox>());
        var directory = new IntegrationDirectory(store, services.GetRequiredService<SecretBox>(), TimeProvider.System);
        var catalog = ChannelCatalog.Create(ChannelHttp.Create(settings.ProviderEgress), TimeProvider.System);
        if (settings.MediaBucket is { } bucket) yield return await BucketAsync(bucket, cancellationToken);
        foreach (var known in await system.ListAsync<Known>("select id, name from integrations where status = 'active' order by tenant_id, id limit 50", null, cancellationToken))
        {
            if (await directory.FindByIdAsync(known.Id) is not { } integration || catalog.Find(integration.Provider) is not ITestAccounts channel) continue;
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter(TimeSpan.FromSeconds(10));
            Finding finding;
            try
            {
                var test = await channel.TestAsync(integration.Account, bound.Token);
                finding = new(test.Works ? "ok" : "wrong", $"account “{known.Name}”", test.Message);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { finding = new("wrong", $"account “{known.Name}”", "The provider did not answer within 10 seconds."); }
            yield return finding;
        }
    }

    static async Task<Finding> BucketAsync(MediaBucket bucket, CancellationToken cancellationToken)
    {
        try
        {
            using var storage = new S3Storage(bucket);
            await storage.OpenAsync(new(Guid.Empty, new string('0', 64)), 0, 1, cancellationToken);
            return new("ok", "media", $"{bucket} answers.");
        }
        catch (Exception refused) when (refused is Amazon.Runtime.AmazonServiceException or Amazon.Runtime.AmazonClientException or HttpRequestException)
        {
            return new("wrong", "media", $"{bucket} refuses: {refused.Message}");
        }
    }

    sealed class Undone
    {
        public long Webhooks { get; init; }
        public long Jobs { get; init; }
        public long Unknown { get; init; }
    }

    sealed class Known
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
    }
}
