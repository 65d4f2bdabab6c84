using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Parley.Server.Platform.EmbeddedPostgres;

/// <summary>A private PostgreSQL in a folder of ours, reached through a socket that only its owner may use.
/// :: 1 lock the folder · 2 adopt or stop a server that a killed Parley left · 3 initdb, once · 4 start, wait until it answers ·
/// 5 the superuser makes the login "parley" and its database, and nothing else.</summary>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    const string Login = "parley";
    const string Superuser = "postgres";
    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(30);

    readonly string _folder;
    readonly string _sockets;
    readonly string _password;
    readonly bool _durable;
    FileStream? _lock;
    int _pid;

    EmbeddedServer(string folder, bool durable)
    {
        _folder = Path.GetFullPath(folder);
        _durable = durable;
        // Socket paths may have about 100 characters, data folders more: a short name that both sides can work out.
        _sockets = $"/tmp/parley-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_folder)))[..16]}";
        _password = "";
        Directory.CreateDirectory(_folder);
        var secret = Path.Combine(_folder, "postgres.secret");
        if (File.Exists(secret)) _password = File.ReadAllText(secret).Trim();
        if (_password.Length == 0)
        {
            _password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
            WritePrivate(secret, _password);
        }
    }

    string Data => Path.Combine(_folder, "postgres");

    /// <summary>For the login that owns the database and nothing else.</summary>
    public string ConnectionString => Connection(Login, Login);

    /// <summary>Only for tests that make databases, and for looking after the server.</summary>
    public string SuperuserConnectionString => Connection(Superuser, "postgres");

    /// <summary>True when this process started it, and so stops it.</summary>
    public bool IsOurs => _lock is not null;

    /// <summary>True when a database has been made in this data folder.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, "postgres", "PG_VERSION"));

    /// <exception cref="EmbeddedPostgresException">Another Parley uses the folder, or PostgreSQL cannot start: in words.</exception>
    public static async Task<EmbeddedServer> StartAsync(string folder, bool durable, CancellationToken cancellationToken)
    {
        var server = new EmbeddedServer(folder, durable);
        if (!server.TryLock()) throw new EmbeddedPostgresException($"Another Parley is running on {server._folder}{server.Holder()}. Stop it first, or give this one another folder with --data.");
        try
        {
            await server.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>For commands that work beside a running Parley: uses its server, or starts one when none runs.</summary>
    public static async Task<EmbeddedServer> AttachOrStartAsync(string folder, CancellationToken cancellationToken)
    {
        var server = new EmbeddedServer(folder, durable: true);
        if (!server.TryLock())
        {
            await server.WaitAsync(null, cancellationToken);
            return server;
        }
        try
        {
            await server.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    async Task StartAsync(CancellationToken cancellationToken)
    {
        var binaries = PostgresBinaries.Find();
        if (await AdoptAsync(cancellationToken)) return;                                        // :: 2
        if (!File.Exists(Path.Combine(Data, "PG_VERSION"))) await InitializeAsync(binaries, cancellationToken);   // :: 3
        PrepareSockets();
        var options = new List<string> { "-D", Data, "-k", _sockets };
        foreach (var setting in Settings()) options.AddRange(["-c", setting]);
        var process = Process.Start(RootUser.Command(binaries.Postgres, options))!;             // :: 4
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var complaints = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await WaitAsync(async () => process.HasExited ? await complaints : null, cancellationToken);
        _pid = ReadPid() ?? throw new EmbeddedPostgresException("PostgreSQL started, but its postmaster.pid is not there.");
        await PrepareAsync(cancellationToken);                                                  // :: 5
    }

    IEnumerable<string> Settings()
    {
        yield return "listen_addresses=";
        yield return "unix_socket_permissions=0700";
        yield return "max_connections=200";
        yield return "shared_buffers=256MB";
        yield return "max_wal_size=2GB";
        yield return "wal_compression=pglz";
        yield return "jit=off";
        yield return "timezone=UTC";
        yield return "log_timezone=UTC";
        yield return "log_min_error_statement=panic";   // statements hold what people wrote: they do not belong in a log
        yield return "log_min_messages=warning";
        yield return "logging_collector=on";
        yield return "log_directory=log";
        yield return "log_filename=postgres-%a.log";
        yield return "log_truncate_on_rotation=on";
        if (_durable)
        {
            yield return "autovacuum_naptime=5s";   // statistics follow while a young database grows a thousandfold in a minute
            yield break;
        }
        yield return "fsync=off";
        yield return "synchronous_commit=off";
        yield return "full_page_writes=off";
    }

    bool TryLock()   // :: 1
    {
        try
        {
            _lock = new FileStream(Path.Combine(_folder, "parley.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            _lock.SetLength(0);
            File.WriteAllText(Path.Combine(_folder, "parley.pid"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException($"The folder {_folder} belongs to somebody else. Give another one with --data.");
        }
    }

    string Holder()
    {
        try { return $" (process {File.ReadAllText(Path.Combine(_folder, "parley.pid")).Trim()})"; }
        catch (IOException) { return ""; }
    }

    async Task<bool> AdoptAsync(CancellationToken cancellationToken)
    {
        if (ReadPid() is not { } pid || !IsPostgresOf(pid)) return false;
        try
        {
            await using var connection = new NpgsqlConnection(SuperuserConnectionString + ";Timeout=3");
            await connection.OpenAsync(cancellationToken);
            _pid = pid;
            await PrepareAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            _pid = pid;
            await StopAsync();
            return false;
        }
    }

    int? ReadPid()
    {
        try
        {
            return int.TryParse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (IOException) { return null; }
        catch (UnauthorizedAccessException) { return null; }
    }

    // A pid may belong to anybody by now: we only ever signal a postgres that runs on our folder.
    bool IsPostgresOf(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            if (process.HasExited || !process.ProcessName.StartsWith("postgres", StringComparison.Ordinal)) return false;
            return !OperatingSystem.IsLinux() || File.ReadAllText($"/proc/{pid}/cmdline").Contains(Data, StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or IOException) { return false; }
    }

    async Task InitializeAsync(PostgresBinaries binaries, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Data)) Directory.Delete(Data, recursive: true);   // a first start that did not finish
        Directory.CreateDirectory(Data);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        RootUser.Give(Data);
        if (RootUser.IsRoot && !RootUser.CanRead(Data))
            throw new EmbeddedPostgresException($"PostgreSQL does not run as root, and the user it runs as cannot reach {Data}. Choose a folder that others may enter with --data, or start Parley as an ordinary user.");
        var password = Path.Combine("/tmp", $"parley-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
        try
        {
            WritePrivate(password, _password);
            RootUser.Give(password);
            using var process = Process.Start(RootUser.Command(binaries.Initdb,
                ["-D", Data, "-U", Superuser, $"--pwfile={password}", "--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-instructions", .. _durable ? (string[])[] : ["--no-sync"]]))!;
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var complaints = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0) throw new EmbeddedPostgresException($"PostgreSQL could not prepare {Data}: {(await complaints).Trim()} {(await output).Trim()}");
        }
        finally
        {
            File.Delete(password);
        }
    }

    void PrepareSockets()
    {
        Directory.CreateDirectory(_sockets);
        File.SetUnixFileMode(_sockets, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        RootUser.Give(_sockets);
    }

    async Task WaitAsync(Func<Task<string?>>? died, CancellationToken cancellationToken)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(SuperuserConnectionString);
                await connection.OpenAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException notYet)
            {
                if (died is not null && await died() is { } words) throw new EmbeddedPostgresException($"PostgreSQL stopped while it started: {words.Trim()} (its log is in {Data}/log)");
                if (since.Elapsed > StartsWithin) throw new EmbeddedPostgresException($"PostgreSQL does not answer in {_sockets}: {notYet.Message}");
                await Task.Delay(20, cancellationToken);
            }
        }
    }

    async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(SuperuserConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var look = new NpgsqlCommand("select exists (select from pg_roles where rolname = 'parley'), exists (select from pg_database where datname = 'parley')", connection);
        bool hasLogin, hasDatabase;
        await using (var row = await look.ExecuteReaderAsync(cancellationToken))
        {
            await row.ReadAsync(cancellationToken);
            (hasLogin, hasDatabase) = (row.GetBoolean(0), row.GetBoolean(1));
        }
        // The password is hex digits of ours: nothing to escape.
        if (!hasLogin) await RunAsync($"create role {Login} login createrole createdb password '{_password}'");
        if (!hasDatabase) await RunAsync($"create database {Login} owner {Login}");

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_lock is null) return;
        await StopAsync();
        if (!_durable)
        {
            TryDelete(_folder);
            TryDelete(_sockets);
        }
        await _lock.DisposeAsync();
        _lock = null;
    }

    // Fast shutdown; after 6 seconds immediate shutdown, which costs a recovery at the next start and nothing else.
    async Task StopAsync()
    {
        if (_pid == 0 || !IsPostgresOf(_pid)) return;
        foreach (var (signal, patience) in new[] { ("INT", 6.0), ("QUIT", 2.0) })
        {
            using (var kill = Process.Start("kill", ["-" + signal, _pid.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
            var since = Stopwatch.StartNew();
            while (since.Elapsed.TotalSeconds < patience)
            {
                if (!IsPostgresOf(_pid)) return;
                await Task.Delay(20);
            }
        }
    }

    static void TryDelete(string folder)
    {
        try { Directory.Delete(folder, recursive: true); }
        catch (IOException) { }
        catch (UnauthorizedAccessException) { }
    }

    static void WritePrivate(string path, string text)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        file.Write(Encoding.UTF8.GetBytes(text));
    }

    string Connection(string user, string database) =>
        new NpgsqlConnectionStringBuilder { Host = _sockets, Username = user, Password = _password, Database = database, Pooling = user != Superuser }.ConnectionString;
}
