using System.Globalization;
using Parley.Channels.Egress;

namespace Parley.Server.Platform.Configuration;

/// <summary>A setting as people know it: one table drives reading, checking and docs/configuration.md.</summary>
internal sealed record SettingDefinition(string Name, string? Default, string Description, bool Secret = false);

/// <summary>Everything one can set. Environment, then .env.local, then .env in the working directory, then the default.</summary>
internal sealed record ParleySettings
{
    public required string Urls { get; init; }
    public required string DataFolder { get; init; }

    /// <summary>Null: the embedded server.</summary>
    public string? DatabaseConnectionString { get; init; }
    public string? DirectConnectionString { get; init; }
    public bool MigrateAtStart { get; init; } = true;
    public bool LogStatements { get; init; }
    public bool InMemory { get; init; }

    /// <summary>How providers reach us; null: the listening address.</summary>
    public string? PublicUrl { get; init; }
    public string? MasterKey { get; init; }
    public bool Debug { get; init; }
    public long WebhookBodyLimit { get; init; } = 4 * 1024 * 1024;
    public int RequestsPerCaller { get; init; } = 1200;
    public int RequestsPerAddress { get; init; } = 300;
    public int SessionDays { get; init; } = 14;

    /// <summary>How long the audit log is kept; 0: for ever.</summary>
    public int AuditDays { get; init; }
    public int JournalDays { get; init; }
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>What the operator has opened to URLs that people write.</summary>
    public IReadOnlyList<EgressRule> EgressAllow { get; init; } = [];

    /// <summary>Where URLs that anybody may write can lead: webhooks, steps of automations.</summary>
    public EgressPolicy Egress => new(EgressAllow);

    /// <summary>Where the addresses of accounts and models can lead: also to this machine, while Parley itself can be reached from nowhere else, and to what is set here.</summary>
    public EgressPolicy ProviderEgress => new(
        [.. EgressAllow, .. new[] { TwilioBaseUrl, OpenAiUrl, UnipileDsn is { } dsn && !dsn.Contains("://", StringComparison.Ordinal) ? $"https://{dsn}" : UnipileDsn }
            .Where(address => Uri.IsWellFormedUriString(address, UriKind.Absolute)).Select(address => EgressRule.Of(new Uri(address!)))],
        Urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).All(url => Uri.TryCreate(url, UriKind.Absolute, out var own) && own.IsLoopback));

    /// <summary>Where media are, or pass through on their way to <see cref="MediaBucket"/>.</summary>
    public required string MediaFolder { get; init; }

    /// <summary>Null: the folder.</summary>
    public MediaBucket? MediaBucket { get; init; }
    public long MediaLimit { get; init; } = 100 * 1024 * 1024;

    /// <summary>Where traces, metrics and logs go; null: nowhere but the console.</summary>
    public string? OtlpEndpoint { get; init; }
    public bool OtlpOverHttp { get; init; }
    public TimeSpan OtlpMetricsEvery { get; init; }

    /// <summary>Other sites whose pages may call the API, with a key in their requests.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>The workspace at Unipile whose accounts are connected at the start; null: none.</summary>
    public string? UnipileDsn { get; init; }
    public string? UnipileApiKey { get; init; }

    /// <summary>The account at Twilio whose WhatsApp number is connected at the start; null: none.</summary>
    public string? TwilioAccountSid { get; init; }
    public string? TwilioAuthToken { get; init; }
    public string? TwilioWhatsAppNumber { get; init; }
    public string? TwilioBaseUrl { get; init; }
    /// <summary>The model that bots ask, unless they are set to another.</summary>
    public string? OpenAiKey { get; init; }
    public string OpenAiUrl { get; init; } = "https://api.openai.com/v1";
    public string OpenAiModel { get; init; } = "gpt-4o-mini";

    /// <summary>Sentences about settings that look misspelt.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public static IReadOnlyList<SettingDefinition> Definitions { get; } =
    [
        new("PARLEY_URLS", "http://127.0.0.1:8000", "Where Parley listens; several addresses are separated by a semicolon."),
        new("PARLEY_DATA", "./data", "The folder for the embedded database, media and keys."),
        new("DATABASE_URL", null, "A PostgreSQL server (15 to 18) in URL form, e.g. postgresql://user:password@host:5432/name?sslmode=require. A driver suffix such as postgresql+asyncpg:// is accepted. Without it and DB_HOST, Parley runs a private embedded PostgreSQL.", Secret: true),
        new("DB_HOST", null, "The PostgreSQL server, when DATABASE_URL is not set."),
        new("DB_PORT", "5432", "Its port."),
        new("DB_USERNAME", "postgres", "Its login."),
        new("DB_PASSWORD", null, "Its password.", Secret: true),
        new("DB_NAME", "parley", "Its database."),
        new("PARLEY_DATABASE_DIRECT_URL", null, "The same database without a transaction-mode pooler between, for migrations and LISTEN. Default: the main one.", Secret: true),
        new("DB_SYNCHRONIZE", "true", "Bring the schema up to date at start. With false, run parley migrate."),
        new("DB_LOGGING", "false", "Log SQL statements, without values."),
        new("STORAGE_BACKEND", "database", "database, or memory: the same product on a throw-away database that is gone at exit."),
        new("PARLEY_PUBLIC_URL", null, "How providers reach Parley, e.g. https://inbox.example.com; the default is the listening address."),
        new("PARLEY_MASTER_KEY", null, "32 bytes in base64 that wrap the keys in the database. Default: the file master.key in the data folder.", Secret: true),
        new("PARLEY_WEBHOOK_BODY_LIMIT", "4194304", "The largest webhook body in bytes."),
        new("PARLEY_MEDIA", null, "Where media are kept: a folder (default: media in the data folder), or s3://bucket/prefix once there are several nodes."),
        new("PARLEY_MEDIA_LIMIT", "104857600", "The largest file in bytes, in and out."),
        new("PARLEY_S3_ENDPOINT", null, "The address of an S3-compatible store; without it, Amazon's."),
        new("PARLEY_S3_REGION", "us-east-1", "Its region."),
        new("PARLEY_S3_ACCESS_KEY", null, "Its access key; without it, what the machine itself has been given."),
        new("PARLEY_S3_SECRET_KEY", null, "Its secret key.", Secret: true),
        new("PARLEY_RATE_LIMIT", "1200", "Requests per minute for each API key or session."),
        new("PARLEY_RATE_LIMIT_ADDRESS", "300", "Requests per minute for each address that has not signed in."),
        new("PARLEY_SESSION_DAYS", "14", "How long a session lives."),
        new("PARLEY_AUDIT_DAYS", "0", "How many days the audit log is kept; 0 keeps it for ever. What is taken away leaves a line in the chain."),
        new("PARLEY_JOURNAL_DAYS", "0", "How many days the journal keeps webhooks that were applied; 0 keeps them for ever. What could not be applied is never taken away."),
        new("PARLEY_TRUSTED_PROXIES", null, "Addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas."),
        new("PARLEY_EGRESS_ALLOW", null, "Hosts inside your network that URLs written by people may call (accounts' addresses, webhooks, automations), separated by commas: crm.internal, 10.0.0.5:8080, 10.2.0.0/16. Without it, only the open internet."),
        new("CORS_ORIGINS", null, "Other sites whose pages may call /api with an Authorization header, separated by commas, e.g. https://app.example.com."),
        new("UNIPILE_DSN", null, "The address in Unipile's dashboard, e.g. api7.unipile.com:13742. With UNIPILE_API_KEY, each account connected there becomes an integration of the first tenant at start; with PARLEY_PUBLIC_URL, the webhook is registered too."),
        new("UNIPILE_API_KEY", null, "An access token of that workspace.", Secret: true),
        new("TWILIO_ACCOUNT_SID", null, "The account SID in Twilio's console (AC…). With TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_NUMBER, that number becomes an integration of the first tenant at start."),
        new("TWILIO_AUTH_TOKEN", null, "Its primary auth token.", Secret: true),
        new("TWILIO_WHATSAPP_NUMBER", null, "Its WhatsApp number, e.g. whatsapp:+14155238886."),
        new("TWILIO_BASE_URL", null, "Another address than Twilio's own, e.g. of the emulator: http://127.0.0.1:8100/twilio."),
        new("OPENAI_API_KEY", null, "The key for the model that bots ask. A bot with a model server of its own has a key of its own.", Secret: true),
        new("OPENAI_BASE_URL", "https://api.openai.com/v1", "The address of the model server: OpenAI's, or any that speaks its chat completions."),
        new("OPENAI_MODEL", "gpt-4o-mini", "The model that bots ask, unless they are set to another."),
        new("OTEL_EXPORTER_OTLP_ENDPOINT", null, "Where traces, metrics and logs are sent, e.g. http://127.0.0.1:4317. Without it they stay here."),
        new("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "How: grpc or http/protobuf."),
        new("OTEL_METRIC_EXPORT_INTERVAL", "15000", "How often metrics are sent, in milliseconds."),
        new("DEBUG", "false", "More detail in logs; never contents."),
    ];

    // Read by the launcher or by later parts: known, so not taken for misspelt.
    static readonly string[] AlsoKnown = ["PARLEY_HOME", "PARLEY_POSTGRES_BINARIES", "PARLEY_TEST_DATABASE_URL", "PARLEY_CHROMIUM"];

    /// <summary>Reads and checks all.</summary>
    /// <param name="overrides">From the command line; null values count as not given.</param>
    /// <exception cref="SettingException">Names every setting that is wrong, in sentences.</exception>
    public static ParleySettings Load(IReadOnlyDictionary<string, string?> overrides, string workingDirectory, IReadOnlyDictionary<string, string> environment)
    {
        var local = DotEnv.Read(Path.Combine(workingDirectory, ".env.local"));
        var shared = DotEnv.Read(Path.Combine(workingDirectory, ".env"));
        var errors = new List<string>();

        string? Text(string name) => new[] { overrides.GetValueOrDefault(name), environment.GetValueOrDefault(name), local.GetValueOrDefault(name), shared.GetValueOrDefault(name) }
            .FirstOrDefault(value => !string.IsNullOrWhiteSpace(value))?.Trim() ?? Definitions.Single(definition => definition.Name == name).Default;

        bool Flag(string name) => Text(name)!.ToLowerInvariant() switch
        {
            "true" or "1" or "yes" or "on" => true,
            "false" or "0" or "no" or "off" => false,
            var other => Wrong($"{name} is \"{other}\", but must be true or false.", false),
        };

        long Number(string name, long least, long most) =>
            long.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : Wrong($"{name} is \"{Text(name)}\", but must be a whole number from {least} to {most}.", least);

        string? Address(string name)
        {
            var text = Text(name);
            if (text is null || Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return text?.TrimEnd('/');
            return Wrong<string?>($"{name} is \"{text}\", but must be an address such as https://inbox.example.com.", null);
        }

        string? Database(string name)
        {
            if (Text(name) is not { } url) return null;
            try { return DatabaseUrl.ToConnectionString(url); }
            catch (FormatException wrong) { return Wrong<string?>($"{name} is not a PostgreSQL address: {wrong.Message}", null); }
        }

        MediaBucket? Bucket()
        {
            if (Text("PARLEY_MEDIA") is not { } where || !where.StartsWith("s3://", StringComparison.Ordinal)) return null;
            var parts = where[5..].Split('/', 2);
            if (parts[0].Length == 0) return Wrong<MediaBucket?>($"PARLEY_MEDIA is \"{where}\", but must be a folder, or s3://bucket/prefix.", null);
            if (Text("PARLEY_S3_ACCESS_KEY") is not null != Text("PARLEY_S3_SECRET_KEY") is not null)
                return Wrong<MediaBucket?>("PARLEY_S3_ACCESS_KEY and PARLEY_S3_SECRET_KEY belong together: set both, or neither.", null);
            var prefix = parts.Length == 1 || parts[1].Trim('/').Length == 0 ? "" : parts[1].Trim('/') + "/";
            return new(parts[0], prefix, Address("PARLEY_S3_ENDPOINT"), Text("PARLEY_S3_REGION")!, Text("PARLEY_S3_ACCESS_KEY"), Text("PARLEY_S3_SECRET_KEY"));
        }

        List<EgressRule> Openings()
        {
            var rules = new List<EgressRule>();
            foreach (var text in (Text("PARLEY_EGRESS_ALLOW") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                if (EgressRule.TryParse(text, out var rule)) rules.Add(rule);
                else errors.Add($"PARLEY_EGRESS_ALLOW has \"{text}\", but needs hosts, addresses or networks such as crm.internal:8443, 10.0.0.5 or 10.2.0.0/16.");
            return rules;
        }

        T Wrong<T>(string sentence, T instead)
        {
            errors.Add(sentence);
            return instead;
        }

        var urls = Text("PARLEY_URLS")!;
        foreach (var url in urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (!Uri.TryCreate(url.Replace("*", "0.0.0.0").Replace("+", "0.0.0.0"), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                errors.Add($"PARLEY_URLS has \"{url}\", but needs addresses such as http://127.0.0.1:8000.");

        var backend = Text("STORAGE_BACKEND")!.ToLowerInvariant();
        if (backend is not ("database" or "memory")) errors.Add($"STORAGE_BACKEND is \"{backend}\", but must be database or memory.");
        if (Text("PARLEY_MASTER_KEY") is { } key && !(Convert.TryFromBase64String(key, new byte[key.Length], out var length) && length == 32))
            errors.Add("PARLEY_MASTER_KEY must be 32 bytes in base64 (for example from: openssl rand -base64 32).");

        var database = Database("DATABASE_URL");
        if (database is null && Text("DATABASE_URL") is null && Text("DB_HOST") is { } host)
            database = new Npgsql.NpgsqlConnectionStringBuilder
            {
                Host = host, Port = (int)Number("DB_PORT", 1, 65535), Username = Text("DB_USERNAME"), Password = Text("DB_PASSWORD"), Database = Text("DB_NAME"),
            }.ConnectionString;

        var data = Path.GetFullPath(Text("PARLEY_DATA")!, workingDirectory);
        var bucket = Bucket();
        var settings = new ParleySettings
        {
            Urls = urls,
            DataFolder = data,
            MediaBucket = bucket,
            MediaFolder = backend == "memory" ? Path.Combine(Path.GetTempPath(), $"parley-memory-media-{Environment.ProcessId}")
                : bucket is null && Text("PARLEY_MEDIA") is { } folder ? Path.GetFullPath(folder, workingDirectory)
                : Path.Combine(data, "media"),
            MediaLimit = Number("PARLEY_MEDIA_LIMIT", 1024, 2L * 1024 * 1024 * 1024),
            OtlpEndpoint = Address("OTEL_EXPORTER_OTLP_ENDPOINT"),
            OtlpOverHttp = Text("OTEL_EXPORTER_OTLP_PROTOCOL") switch
            {
                "grpc" => false,
                "http/protobuf" => true,
                var other => Wrong($"OTEL_EXPORTER_OTLP_PROTOCOL is \"{other}\", but must be grpc or http/protobuf.", false),
            },
            OtlpMetricsEvery = TimeSpan.FromMilliseconds(Number("OTEL_METRIC_EXPORT_INTERVAL", 100, 3_600_000)),
            DatabaseConnectionString = backend == "memory" ? null : database,
            DirectConnectionString = backend == "memory" ? null : Database("PARLEY_DATABASE_DIRECT_URL") ?? database,
            MigrateAtStart = Flag("DB_SYNCHRONIZE"),
            LogStatements = Flag("DB_LOGGING"),
            InMemory = backend == "memory",
            PublicUrl = Address("PARLEY_PUBLIC_URL"),
            MasterKey = Text("PARLEY_MASTER_KEY"),
            Debug = Flag("DEBUG"),
            WebhookBodyLimit = Number("PARLEY_WEBHOOK_BODY_LIMIT", 1024, 64 * 1024 * 1024),
            RequestsPerCaller = (int)Number("PARLEY_RATE_LIMIT", 1, 10_000_000),
            RequestsPerAddress = (int)Number("PARLEY_RATE_LIMIT_ADDRESS", 1, 10_000_000),
            SessionDays = (int)Number("PARLEY_SESSION_DAYS", 1, 365),
            AuditDays = (int)Number("PARLEY_AUDIT_DAYS", 0, 36_500),
            JournalDays = (int)Number("PARLEY_JOURNAL_DAYS", 0, 36_500),
            TrustedProxies = (Text("PARLEY_TRUSTED_PROXIES") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            EgressAllow = Openings(),
            CorsOrigins = (Text("CORS_ORIGINS") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            UnipileDsn = Text("UNIPILE_DSN"),
            UnipileApiKey = Text("UNIPILE_API_KEY"),
            TwilioAccountSid = Text("TWILIO_ACCOUNT_SID"),
            TwilioAuthToken = Text("TWILIO_AUTH_TOKEN"),
            TwilioWhatsAppNumber = Text("TWILIO_WHATSAPP_NUMBER"),
            TwilioBaseUrl = Address("TWILIO_BASE_URL"),
            OpenAiKey = Text("OPENAI_API_KEY"),
            OpenAiUrl = Address("OPENAI_BASE_URL")!,
            OpenAiModel = Text("OPENAI_MODEL")!,
            Warnings = [.. environment.Keys.Concat(local.Keys).Concat(shared.Keys).Distinct().Where(IsMisspelt).Order().Select(name => $"{name} is not a setting of Parley. Did you mean {Nearest(name)}?")],
        };
        foreach (var proxy in settings.TrustedProxies)
            if (!System.Net.IPAddress.TryParse(proxy, out _)) errors.Add($"PARLEY_TRUSTED_PROXIES has \"{proxy}\", which is not an IP address.");
        foreach (var origin in settings.CorsOrigins)
            if (!(Uri.TryCreate(origin, UriKind.Absolute, out var site) && site.Scheme is "http" or "https" && site.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase)))
                errors.Add($"CORS_ORIGINS has \"{origin}\", but needs origins such as https://app.example.com, without a path.");
        if (settings.UnipileDsn is null != settings.UnipileApiKey is null) errors.Add("UNIPILE_DSN and UNIPILE_API_KEY belong together: set both, or neither.");
        if (new[] { settings.TwilioAccountSid, settings.TwilioAuthToken, settings.TwilioWhatsAppNumber }.Count(given => given is null) is 1 or 2)
            errors.Add("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_NUMBER belong together: set all three, or none.");
        if (settings.TwilioWhatsAppNumber is { } twilio && Channels.PhoneNumbers.Normalise(twilio.StartsWith("whatsapp:", StringComparison.OrdinalIgnoreCase) ? twilio[9..] : twilio) is null)
            errors.Add($"TWILIO_WHATSAPP_NUMBER is \"{twilio}\", but must be a number with country code, such as whatsapp:+14155238886.");
        return errors.Count == 0 ? settings : throw new SettingException(errors);
    }

    static bool IsMisspelt(string name) =>
        name.StartsWith("PARLEY_", StringComparison.Ordinal) && Definitions.All(definition => definition.Name != name) && !AlsoKnown.Contains(name);

    static string Nearest(string name) => Definitions.Select(definition => definition.Name).MinBy(known => Distance(name, known))!;

    /// <summary>How many letters lie between two words (Levenshtein).</summary>
    public static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}

/// <summary>A bucket for media. The keys are secrets: leave them out of anything that prints records.</summary>
internal sealed record MediaBucket(string Name, string Prefix, string? Endpoint, string Region, string? AccessKey, string? SecretKey)
{
    public override string ToString() => $"s3://{Name}/{Prefix}";
}

/// <summary>One sentence for each setting that is wrong.</summary>
internal sealed class SettingException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors));
