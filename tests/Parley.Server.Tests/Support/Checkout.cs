namespace Parley.Server.Tests.Support;

internal static class Checkout
{
    /// <summary>The folder with Parley.slnx.</summary>
    public static string Folder { get; } = Find();

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Parley.slnx"))) return folder.FullName;
        throw new InvalidOperationException("The tests run outside a checkout.");
    }
}
