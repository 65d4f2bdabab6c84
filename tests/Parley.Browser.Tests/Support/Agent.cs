using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Browser.Tests.Support;

/// <summary>Somebody of a team, at the page.</summary>
internal sealed partial class Agent(IBrowserContext context, IPage page, Uri address, string email, string password, Guid userId) : IAsyncDisposable
{
    readonly ConcurrentQueue<string> _complaints = new();
    readonly ConcurrentDictionary<IRequest, byte> _underWay = new();
    bool _isLeaving;

    public IBrowserContext Context => context;
    public IPage Page => page;
    public Uri Address => address;
    public string Email => email;
    public string Password => password;
    public Guid UserId => userId;

    /// <summary>What the browser complained about: scripts that broke, and what the policy refused.</summary>
    public IEnumerable<string> Complaints => _complaints;

    public ILocator List => page.GetByRole(AriaRole.Region, new() { Name = "Conversations", Exact = true });
    public ILocator Rows => List.GetByRole(AriaRole.Listitem);
    public ILocator Thread => page.GetByRole(AriaRole.Log);

    /// <summary>What one writes in.</summary>
    public ILocator Field => page.GetByRole(AriaRole.Textbox, new() { NameRegex = ReplyTo() });

    public ILocator Row(string name) => Rows.Filter(new() { HasText = name });
    public ILocator Message(string text) => Thread.Locator("[data-row]").Filter(new() { HasText = text });
    public ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public void Watch(IPage one)
    {
        one.Request += (_, request) =>
        {
            _underWay.TryAdd(request, 0);
            _isLeaving |= one == page && request.IsNavigationRequest;
        };
        one.FrameNavigated += (_, frame) =>
        {
            if (frame != page.MainFrame || !_isLeaving) return;
            _isLeaving = false;
            _underWay.Clear();   // not every request that dies with its document is told of
        };
        one.RequestFinished += (_, request) => _underWay.TryRemove(request, out var _);
        one.RequestFailed += (_, request) => _underWay.TryRemove(request, out var _);
        one.PageError += (_, error) => _complaints.Enqueue(error);
        one.Console += (_, line) =>
        {
            if (line.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase)) _complaints.Enqueue(line.Text);
        };
        one.Dialog += (_, dialog) =>
        {
            _complaints.Enqueue($"A dialog: {dialog.Message}");
            _ = dialog.DismissAsync();
        };
    }

    public Task GoAsync(string path) => page.GotoAsync(new Uri(address, path).ToString());

    /// <summary>Waits until the page has all that it asked for, but for the stream, which never ends.</summary>
    public async Task HasSettledAsync()
    {
        var quiet = 0;
        await Eventually.Async(
            () =>
            {
                var awaited = _underWay.Keys.Select(request => request.Url).Where(url => !url.Contains("/api/events")).ToList();
                quiet = awaited.Count == 0 ? quiet + 1 : 0;
                return Task.FromResult((quiet, string.Join(", ", awaited)));
            },
            seen => seen.quiet > 8, "the page has all it asked for");
    }

    /// <summary>Another tab of the same browser.</summary>
    public async Task<IPage> NewTabAsync(string path)
    {
        var tab = await context.NewPageAsync();
        Watch(tab);
        await tab.GotoAsync(new Uri(address, path).ToString());
        return tab;
    }

    /// <summary>Fills the form of the door, or of the dialog when a session has ended.</summary>
    public async Task SignInAsync(string? with = null)
    {
        var mail = page.GetByRole(AriaRole.Textbox, new() { Name = "E-mail" });
        if (await mail.IsEditableAsync()) await mail.FillAsync(email);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Password" }).FillAsync(with ?? password);
        await Button("Sign in").ClickAsync();
    }

    /// <summary>Opens a conversation from the list, and points elsewhere: under the pointer rows keep their places.</summary>
    public async Task OpenAsync(string name)
    {
        await Row(name).GetByRole(AriaRole.Link).ClickAsync();
        await page.Mouse.MoveAsync(0, 0);
        await Assertions.Expect(Thread.Locator("[data-row]").First).ToBeVisibleAsync();
    }

    /// <summary>Writes and presses Enter. It leaves when there is no undo any more.</summary>
    public async Task WriteAsync(string text)
    {
        Planted.Add(text);
        await Field.FillAsync(text);
        await Field.PressAsync("Enter");
        await Assertions.Expect(Message(text).First).ToBeVisibleAsync();
    }

    /// <summary>Lets the page's clock run ahead; the page must have been opened with one that can.</summary>
    public Task SkipAsync(double seconds) => page.Clock.FastForwardAsync((long)(seconds * 1000));

    public void HasNoComplaints() => Assert.Empty(Complaints);

    public async ValueTask DisposeAsync() => await context.DisposeAsync();

    [GeneratedRegex("^Reply to")]
    private static partial Regex ReplyTo();
}
