using System.Runtime.InteropServices;

namespace Parley.Server.Media;

/// <summary>What the framework does not offer: a folder's entries made safe against a loss of power.</summary>
internal static partial class Disk
{
    public static void FlushFolder(string path)
    {
        var folder = Open(path, flags: 0);   // O_RDONLY, the same on Linux and macOS
        if (folder < 0) return;
        _ = FSync(folder);   // a file system that has no such thing says so; there is nothing more to do then
        _ = Close(folder);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
