using System.Diagnostics;
using Npgsql;

namespace Parley.Server.Tests.Support;

/// <summary>The server as a process of its own, which can be killed.</summary>
internal sealed class ServerProcess(Process process, Uri address) : IAsyncDisposable
{
    public Uri Address => address;

    /// <param name="urls">Where to listen; the address of one that was killed, to take its place.</param>
    /// <param name="said">Gets each line of its output.</param>
    public static async Task<ServerProcess> StartAsync(string connectionString, string urls = "http://127.0.0.1:0", Dictionary<string, string>? settings = null, Action<string>? said = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "parley.dll"), "serve", "--urls", urls, "--data", Path.GetTempPath()])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath(),
        };
        var database = new NpgsqlConnectionStringBuilder(connectionString);
        start.Environment["DB_HOST"] = database.Host;
        start.Environment["DB_PORT"] = database.Port.ToString();
        start.Environment["DB_USERNAME"] = database.Username;
        start.Environment["DB_PASSWORD"] = database.Password;
        start.Environment["DB_NAME"] = database.Database;
        start.Environment["PARLEY_MASTER_KEY"] = Convert.ToBase64String(TestApp.Key);
        foreach (var (name, value) in settings ?? []) start.Environment[name] = value;
        start.Environment.Remove("DATABASE_URL");
        start.Environment.Remove("STORAGE_BACKEND");
        var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said?.Invoke(line);
            if (!line.StartsWith("Parley is ready at ")) continue;
            _ = ListenAsync();
            return new(process, new Uri(line["Parley is ready at ".Length..]));
        }
        throw new InvalidOperationException("The server ended before it was ready.");

        async Task ListenAsync()
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line) said?.Invoke(line);
        }
    }

    public void Kill() => process.Kill();   // SIGKILL

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
