using System.Text;
using Parley.Server.Demo;

namespace Parley.Server.Tests.Support;

/// <summary>Small real files.</summary>
internal static class TestFiles
{
    public static byte[] Png(int seed = 1) => DemoFiles.Picture(seed);

    public static byte[] Pdf { get; } = DemoFiles.Document("Nota fiscal 42");

    public static byte[] Html { get; } = Encoding.ASCII.GetBytes("<!doctype html><script>alert(1)</script>");
}
