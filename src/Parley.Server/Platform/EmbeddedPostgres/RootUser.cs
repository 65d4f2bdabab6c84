using System.Diagnostics;
using System.Globalization;

namespace Parley.Server.Platform.EmbeddedPostgres;

/// <summary>PostgreSQL refuses to run as root: then it runs as an unprivileged user, who must be able to reach its files.</summary>
internal static class RootUser
{
    public static bool IsRoot { get; } = !OperatingSystem.IsWindows() && Environment.UserName == "root" && Geteuid() == 0;

    /// <summary>The user it runs as: postgres where there is one, else nobody.</summary>
    public static (int Uid, int Gid) Servant { get; } = IsRoot ? FindServant() : (-1, -1);

    /// <summary>The command that runs a program as that user, in a session of its own: Ctrl-C in the terminal must reach
    /// Parley, which drains first, and not PostgreSQL.</summary>
    public static ProcessStartInfo Command(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = "/" };
        var words = new List<string>();
        if (OperatingSystem.IsLinux()) words.Add("setsid");
        if (IsRoot)
            words.AddRange(["setpriv", "--reuid", Servant.Uid.ToString(CultureInfo.InvariantCulture), "--regid", Servant.Gid.ToString(CultureInfo.InvariantCulture), "--clear-groups"]);
        words.Add(program);
        words.AddRange(arguments);
        start.FileName = words[0];
        foreach (var word in words.Skip(1)) start.ArgumentList.Add(word);
        // C everywhere: the cluster's locale, its messages, its sorting.
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    public static void Give(string path)
    {
        if (IsRoot) Run("chown", "-R", $"{Servant.Uid}:{Servant.Gid}", path);
    }

    /// <summary>The folder itself when the servant can read it, otherwise a copy where it can (/root is closed to others).</summary>
    public static string Reachable(string folder)
    {
        if (CanRead(Path.Combine(folder, "bin", "postgres"))) return folder;
        var stamp = File.GetLastWriteTimeUtc(Path.Combine(folder, "bin", "postgres")).Ticks;
        var copy = $"/var/tmp/parley-postgres-{stamp:x}";
        if (!File.Exists(Path.Combine(copy, "complete")))
        {
            Directory.CreateDirectory(copy);
            Run("cp", "-a", folder + "/.", copy);
            Run("chmod", "-R", "a+rX", copy);
            File.WriteAllText(Path.Combine(copy, "complete"), "");
        }
        return copy;
    }

    public static bool CanRead(string path) => Try("setpriv", "--reuid", $"{Servant.Uid}", "--regid", $"{Servant.Gid}", "--clear-groups", "test", "-r", path);

    static (int, int) FindServant()
    {
        foreach (var name in new[] { "postgres", "nobody" })
            foreach (var line in File.ReadLines("/etc/passwd"))
            {
                var fields = line.Split(':');
                if (fields.Length > 3 && fields[0] == name) return (int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture));
            }
        return (65534, 65534);
    }

    static void Run(string program, params string[] arguments)
    {
        if (!Try(program, arguments)) throw new EmbeddedPostgresException($"{program} {string.Join(' ', arguments)} failed.");
    }

    static bool Try(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new EmbeddedPostgresException($"{program} could not be started.");
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "geteuid")]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
    static extern uint Geteuid();
}
