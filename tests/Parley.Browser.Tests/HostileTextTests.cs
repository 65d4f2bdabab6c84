using System.Text.Json;
using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>What customers, providers and colleagues write is text, whatever it looks like.</summary>
public sealed class HostileTextTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    static readonly string[] Corpus =
    [
        "<script>window.hacked=1</script>",
        "<img src=x onerror=window.hacked=1>",
        "<svg onload=window.hacked=1><animate onbegin=window.hacked=1 attributeName=x dur=1s>",
        "\"><iframe srcdoc=\"<script>parent.hacked=1</script>\">",
        "'\" onmouseover=window.hacked=1 autofocus onfocus=window.hacked=1 x='",
        "<a href=\"javascript:window.hacked=1\">click</a> javascript:window.hacked=1 JaVaScRiPt:window.hacked=1",
        "data:text/html,<script>window.hacked=1</script>",
        "https://evil.example/\"onclick=\"window.hacked=1",
        "https://evil.example/<script>window.hacked=1</script>",
        "<style>@import 'http://evil.example/x.css'; body{display:none}</style>",
        "<link rel=stylesheet href=http://evil.example/x.css><base href=http://evil.example/>",
        "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
        "<form action=http://evil.example/><button autofocus>x</button></form>",
        "<object data=http://evil.example/x></object><embed src=http://evil.example/x>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.hacked=1&gt;\">",
        "{{constructor.constructor('window.hacked=1')()}} ${window.hacked=1} <%= window.hacked=1 %>",
        "]]><![CDATA[<script>window.hacked=1</script>",
        "\u202Egnp.exe <b>\u2066bidi\u2069</b>",
        "</title></textarea></script><script>window.hacked=1</script>",
        "<details open ontoggle=window.hacked=1><video><source onerror=window.hacked=1></video>",
    ];

    [Fact]
    public async Task Nothing_that_somebody_writes_is_run_or_fetched()
    {
        var (tenant, number) = await ConnectedAsync();
        // As texts, as names, as names of files, in captions, and as a body that is not even JSON.
        for (var i = 0; i < Corpus.Length; i++) await number.SayAsync("+5511987650081", Corpus[i], "Mallory");
        for (var i = 0; i < Corpus.Length; i++) await number.SayAsync($"+55119876510{i:00}", "hello", Corpus[i]);
        await App.Emulator.PostJsonAsync("/say", new { provider = "meta", to = number.PhoneNumberId, from = "+5511987650081", name = "Mallory", type = "document", document = new { base64 = Convert.ToBase64String(TestFiles.Html), mime_type = "text/html", file_name = Corpus[1], caption = Corpus[0] } }, 200);
        await App.Emulator.PostJsonAsync("/say", new { provider = "meta", to = number.PhoneNumberId, from = "+5511987650081", name = "Mallory", type = "location", location = new { latitude = 1.5, longitude = 2.5, name = Corpus[2], address = Corpus[4] } }, 200);
        await number.PostAsync(string.Join('\n', Corpus));
        await number.PostAsync(number.Body(messages: $$"""[{"from":"5511987650081","id":"wamid.odd","timestamp":"{{TestNumber.Now}}","type":"<img src=x onerror=window.hacked=1>","x":{{JsonSerializer.Serialize(Corpus[0])}}}]"""));

        await using var eva = await SignedInAsync(tenant, "admin", path: null);
        var foreign = new List<string>();
        eva.Context.Request += (_, request) =>
        {
            if (new Uri(request.Url) is { Scheme: "http" or "https" } url && (url.Authority != eva.Address.Authority)) foreign.Add(request.Url);
        };
        await eva.GoAsync($"/inbox/all/{await ConversationAsync(tenant, "Mallory")}");
        await Expect(eva.Rows.First).ToBeVisibleAsync();
        await Expect(eva.Message(Corpus[0]).First).ToBeVisibleAsync();
        foreach (var text in Corpus) await Expect(eva.Thread.GetByText(text, new() { Exact = true }).First).ToHaveTextAsync(text);
        await IsHarmlessAsync();

        // A colleague writes the same, and it is quoted, drafted and in the list.
        foreach (var text in Corpus.Take(3))
        {
            await eva.Field.FillAsync(text);
            await eva.Field.PressAsync("Enter");
        }
        await eva.Field.FillAsync(Corpus[1]);
        await eva.Message(Corpus[0]).First.HoverAsync();
        await eva.Message(Corpus[0]).First.GetByRole(AriaRole.Button, new() { Name = "Answer this message" }).ClickAsync();
        await IsHarmlessAsync();
        await eva.Page.Keyboard.PressAsync("Control+k");
        await Expect(eva.Page.GetByRole(AriaRole.Option).First).ToBeVisibleAsync();
        await IsHarmlessAsync();
        await eva.Page.Keyboard.PressAsync("Escape");

        // People who are called like that: the list, the head, the panel, the title.
        foreach (var row in new[] { 0, 5, 11 })
        {
            await eva.GoAsync("/inbox/all");
            await eva.Rows.Filter(new() { HasText = "hello" }).Nth(row).GetByRole(AriaRole.Link).ClickAsync();
            await Expect(eva.Message("hello")).ToBeVisibleAsync();
            await IsHarmlessAsync();
        }

        await eva.GoAsync("/journal");
        foreach (var row in new[] { 1, 2, 4 })
        {
            await eva.Page.GetByRole(AriaRole.Row).Nth(row).ClickAsync();
            await Expect(eva.Page.GetByText("What came")).ToBeVisibleAsync();
            await IsHarmlessAsync();
        }
        Assert.Empty(foreign);

        async Task IsHarmlessAsync()
        {
            Assert.False(await eva.Page.EvaluateAsync<bool>("() => 'hacked' in window"), "A text was run.");
            Assert.Equal(0, await eva.Page.EvaluateAsync<int>("""
                () => document.querySelectorAll('script:not([src^="/assets/"]), iframe, object, embed, base, form[action], meta[http-equiv], a[href^="javascript" i], a[href^="data" i], [onerror], [onload], [onclick], [onfocus]').length
                """));
            Assert.All(await eva.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('a[target]')].map(link => link.rel)"), rel => Assert.Contains("noopener", rel));
            eva.HasNoComplaints();
        }
    }

    [Fact]
    public async Task Hostile_templates_are_text_in_the_settings_in_the_picker_and_on_the_phone()
    {
        var tenant = await App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync("/api/templates"), page => page["items"]!.AsArray().Count > 0, "the templates are read");
        await App.Get<Server.Platform.Database.SystemDatabase>().ExecuteAsync("""
            update templates set content = content || jsonb_build_object('body', @text, 'footer', @text, 'buttons', jsonb_build_array(jsonb_build_object('type', 'quick_reply', 'text', @text))) where tenant_id = @tenant
            """, new { tenant = tenant.Id, text = string.Join(' ', Corpus.Take(6)) }, CancellationToken.None);
        await number.SayAsync("+5511987650083", "a template, please", "Ana");

        await using var eva = await SignedInAsync(tenant, "admin", "/settings/templates");
        await eva.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("order_ready") }).First.ClickAsync();
        await Expect(eva.Page.GetByText("<script>window.hacked=1</script>").First).ToBeVisibleAsync();
        await IsHarmlessAsync();
        await eva.GoAsync("/inbox/all");
        await eva.OpenAsync("Ana");
        await eva.Button("Send a template…").ClickAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("<script>window.hacked=1</script>");
        await IsHarmlessAsync();

        foreach (var text in Corpus.Take(6)) await tenant.Editor.PostJsonAsync($"/api/conversations/{await ConversationAsync(tenant, "Ana")}/messages", new { type = "text", content = text }, 202);
        await Eventually.Async(() => TextsSentAsync(number), sent => sent.Count == 6, "they are sent");
        await eva.Page.GotoAsync(new Uri(App.Emulator.BaseAddress!, "/phone").ToString());
        await eva.Page.EvaluateAsync("number => localStorage.setItem('parley.phone', JSON.stringify({ name: '<img src=x onerror=window.hacked=1>', phone: '+5511987650083', number, autoRead: true }))", number.PhoneNumberId);
        await eva.Page.ReloadAsync();
        await Expect(eva.Page.GetByRole(AriaRole.Log)).ToContainTextAsync(Corpus[5]);
        await IsHarmlessAsync();

        async Task IsHarmlessAsync()
        {
            Assert.False(await eva.Page.EvaluateAsync<bool>("() => 'hacked' in window"), "A text was run.");
            Assert.Equal(0, await eva.Page.EvaluateAsync<int>("() => document.querySelectorAll('iframe, [onerror], [onload], a[href^=\"javascript\" i]').length"));
            eva.HasNoComplaints();
        }
    }
}
