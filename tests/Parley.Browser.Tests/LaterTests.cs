using Microsoft.Playwright;
using Parley.Browser.Tests.Support;
using Parley.Server.Tests.Support;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Parley.Browser.Tests;

/// <summary>What agents write for later.</summary>
public sealed class LaterTests(ParleyFixture parley, Chromium chromium) : PageTests(parley, chromium)
{
    [Fact]
    public async Task A_message_is_scheduled_edited_sent_now_or_cancelled()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511987650191", "Will it be ready?", "Ana");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Ana");
        var waiting = eva.Page.GetByRole(AriaRole.Region, new() { Name = "Scheduled messages" });
        await Expect(eva.Button("Send later")).ToBeDisabledAsync();

        await ScheduleAsync(eva, "It will be redy tomorrow", "Tomorrow morning");
        await Expect(waiting.GetByRole(AriaRole.Listitem)).ToContainTextAsync("09:00");
        await Expect(eva.Field).ToHaveValueAsync("");
        await Expect(eva.Message("It will be redy tomorrow")).ToHaveCountAsync(0);

        await waiting.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await eva.Page.GetByRole(AriaRole.Textbox, new() { Name = "Words" }).FillAsync("It will be ready tomorrow");
        await eva.Button("Save").ClickAsync();
        await Expect(waiting).ToContainTextAsync("It will be ready tomorrow");
        Assert.Empty(await TextsSentAsync(number));

        await waiting.GetByRole(AriaRole.Button, new() { Name = "Send now" }).ClickAsync();
        await Expect(eva.Message("It will be ready tomorrow").Locator("[data-status]")).ToHaveAttributeAsync("data-status", "read");
        await Expect(waiting).ToHaveCountAsync(0);
        Assert.Equal(["It will be ready tomorrow"], await TextsSentAsync(number));

        await ScheduleAsync(eva, "One more thing", "In an hour");
        await Expect(waiting).ToContainTextAsync("One more thing");
        await eva.GoAsync("/scheduled");
        await Expect(eva.Page.GetByRole(AriaRole.List, new() { Name = "Scheduled" })).ToContainTextAsync("One more thing");
        await eva.Button("Cancel it").ClickAsync();
        await Expect(eva.Page.GetByText("Nothing is scheduled")).ToBeVisibleAsync();
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/scheduled-messages"))["items"]!.AsArray());
        eva.HasNoComplaints();
    }

    [Fact]
    public async Task A_chosen_time_is_meant_where_the_organisation_is_and_a_colleague_sees_what_waits()
    {
        var (tenant, number) = await ConnectedAsync();
        await (await tenant.Admin.PatchAsync("/api/scheduling-settings", System.Net.Http.Json.JsonContent.Create(new { time_zone = "America/Sao_Paulo" }))).JsonAsync();
        await number.SayAsync("+5511987650192", "Later, please", "Bia");
        await using var max = await SignedInAsync(tenant, "viewer");
        await max.OpenAsync("Bia");
        await using var eva = await SignedInAsync(tenant);
        await eva.OpenAsync("Bia");
        await eva.Field.FillAsync("Good morning over there");
        await eva.Button("Send later").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Choose a time…" }).ClickAsync();
        var day = TimeProvider.System.GetUtcNow().AddDays(3).ToString("yyyy-MM-dd");
        await eva.Page.GetByLabel("When").FillAsync($"{day}T08:15");
        await eva.Page.GetByLabel("Time zone").SelectOptionAsync("America/Sao_Paulo");
        await eva.Button("Schedule").ClickAsync();
        var seen = max.Page.GetByRole(AriaRole.Region, new() { Name = "Scheduled messages" });
        await Expect(seen).ToContainTextAsync("Good morning over there");
        await Expect(seen).ToContainTextAsync("08:15 America/Sao_Paulo");
        await Expect(seen.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);   // a viewer looks on
        var made = Assert.Single((await tenant.Viewer.GetJsonAsync("/api/scheduled-messages"))["items"]!.AsArray())!;
        Assert.Equal(DateTimeOffset.Parse($"{day}T11:15:00Z"), (DateTimeOffset)made["scheduled_at"]!);
        eva.HasNoComplaints();
    }

    static async Task ScheduleAsync(Agent eva, string text, string when)
    {
        Planted.Add(text);
        await eva.Field.FillAsync(text);
        await eva.Button("Send later").ClickAsync();
        await eva.Page.GetByRole(AriaRole.Menuitem, new() { NameRegex = new($"^{when}") }).ClickAsync();
    }
}
