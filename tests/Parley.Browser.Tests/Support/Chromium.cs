using System.Runtime.CompilerServices;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Parley.Browser.Tests.Support;

/// <summary>One Chromium for the run: PARLEY_CHROMIUM, or the one of this machine. Without one, the tests are skipped and say so.</summary>
public sealed class Chromium : IAsyncLifetime
{
    static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    static readonly string[] Places = ["/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
    static readonly string[] Flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    IPlaywright? _playwright;
    IBrowser? _browser;
    string _missing = "";

    /// <summary>The servers of the tests, in this process and in others, find the built page through it.</summary>
    [ModuleInitializer]
    internal static void FindPage()
    {
        if (Environment.GetEnvironmentVariable("PARLEY_HOME") is null or "") Environment.SetEnvironmentVariable("PARLEY_HOME", Checkout.Folder);
    }

    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } program)
        {
            _missing = "There is no Chromium here. Install one (Debian: apt-get install chromium), or set PARLEY_CHROMIUM to its program.";
            return;
        }
        Environment.SetEnvironmentVariable("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Headless = true, Args = Flags });
        Assertions.SetDefaultExpectTimeout(15_000);
    }

    /// <summary>A profile of its own: nothing in it, nobody signed in.</summary>
    internal async Task<IBrowserContext> OpenAsync(BrowserNewContextOptions options)
    {
        Assert.SkipWhen(_browser is null, _missing);
        Assert.True(File.Exists(Path.Combine(Checkout.Folder, "artifacts", "web", "index.html")), "The page is not built: npm run build --prefix web");
        var context = await _browser!.NewContextAsync(options);
        context.SetDefaultTimeout(15_000);
        return context;
    }

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("PARLEY_CHROMIUM") is { Length: > 0 } named) return File.Exists(named) ? named : null;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).Concat(Places).FirstOrDefault(File.Exists);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
