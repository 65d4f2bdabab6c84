using System.Net;
using Parley.Server.Bot.Knowledge;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Bot;

public sealed class KnowledgeTests(ParleyFixture fixture)
{
    [Theory]
    [InlineData("When do you open?", "Opening hours")]
    [InlineData("what are the OPENINGS on sunday", "Opening hours")]
    [InlineData("Quanto custa a entrega?", "Entrega")]
    [InlineData("営業時間は？", "営業")]
    [InlineData("do you have gluten free cakes", "Allergens")]
    [InlineData("Where can I find parking?", "Parking")]
    public async Task A_question_finds_the_document_that_answers_it(string question, string title)
    {
        var tenant = await fixture.App.NewTenantAsync();
        await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "Opening hours", content = "We open at 8:00 and close at 18:00, also on Sunday." }, 201);
        await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "Entrega", content = "A entrega custa 20 reais e leva o dia todo." }, 201);
        await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "営業", content = "営業時間は八時から十八時までです。" }, 201);
        await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "Allergens", content = "# Gluten\n\nThe almond cake is free of gluten.\n\n# Nuts\n\nThe carrot cake has walnuts." }, 201);
        await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "Where we are", content = "You can find us at the harbour, next to the old crane." }, 201);
        await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "Parking", content = "It is free, behind the house." }, 201);
        var found = await fixture.App.Get<KnowledgeSearch>().FindAsync(tenant.Id, question, default);
        Assert.Equal(title, found[0].Title);
        Assert.DoesNotContain("walnuts", found[0].Content);
    }

    [Fact]
    public async Task Nothing_of_another_tenant_is_ever_found_shown_or_changed()
    {
        var (mine, theirs) = (await fixture.App.NewTenantAsync(), await fixture.App.NewTenantAsync());
        var id = (string)(await theirs.Admin.PostJsonAsync("/api/bot/documents", new { title = "Secret recipe", content = "The marzipan comes from Lübeck." }, 201))["id"]!;
        Assert.Empty(await fixture.App.Get<KnowledgeSearch>().FindAsync(mine.Id, "Where does the marzipan come from?", default));
        Assert.NotEmpty(await fixture.App.Get<KnowledgeSearch>().FindAsync(theirs.Id, "Where does the marzipan come from?", default));
        Assert.Empty((await mine.Viewer.GetJsonAsync("/api/bot/documents"))["items"]!.AsArray());
        await mine.Viewer.GetJsonAsync($"/api/bot/documents/{id}", 404);
        Assert.Equal(HttpStatusCode.NotFound, (await mine.Admin.DeleteAsync($"/api/bot/documents/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await mine.Admin.PutAsync($"/api/bot/documents/{id}", new StringContent("""{"title":"x","content":"y"}""", null, "application/json"))).StatusCode);
    }

    [Fact]
    public async Task A_document_can_be_read_replaced_and_taken_away_and_answers_follow()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var made = await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "Prices", content = "Tea costs 2 euros." }, 201, key: "doc-1");
        Assert.Equal((string?)made["id"], (string?)(await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "Prices", content = "Tea costs 2 euros." }, 201, key: "doc-1"))["id"]);
        Assert.Equal("Tea costs 2 euros.", (string?)(await tenant.Viewer.GetJsonAsync($"/api/bot/documents/{made["id"]}"))["content"]);
        await (await tenant.Admin.PutAsync($"/api/bot/documents/{made["id"]}", new StringContent("""{"title":"Prices","content":"Coffee costs 3 euros."}""", null, "application/json"))).JsonAsync();
        var search = fixture.App.Get<KnowledgeSearch>();
        Assert.Empty(await search.FindAsync(tenant.Id, "tea", default));
        Assert.Single(await search.FindAsync(tenant.Id, "coffee", default));
        Assert.Equal(HttpStatusCode.NoContent, (await tenant.Admin.DeleteAsync($"/api/bot/documents/{made["id"]}")).StatusCode);
        Assert.Empty(await search.FindAsync(tenant.Id, "coffee", default));
    }

    [Fact]
    public async Task What_is_empty_too_long_or_somebody_elses_business_is_refused()
    {
        var tenant = await fixture.App.NewTenantAsync();
        Assert.NotNull((await tenant.Admin.PostJsonAsync("/api/bot/documents", new { }, 400))["errors"]!["title"]);
        Assert.NotNull((await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "x", content = new string('a', DocumentStore.LongestContent + 1) }, 400))["errors"]!["content"]);
        await tenant.Editor.PostJsonAsync("/api/bot/documents", new { title = "x", content = "y" }, 403);
        for (var n = 0; n < DocumentStore.MostCharacters / DocumentStore.LongestContent; n++)
            await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = $"{n}", content = string.Concat(Enumerable.Repeat("words of it. ", DocumentStore.LongestContent / 13)) + new string('b', DocumentStore.LongestContent % 13) }, 201);
        await tenant.Admin.PostJsonAsync("/api/bot/documents", new { title = "one more", content = "y" }, 409);
    }

    [Fact]
    public void A_text_is_taken_apart_at_headings_and_no_part_is_too_long_to_quote()
    {
        var chunks = Chunking.Split($"Before.\n\n# One\n\nText of one.\n\n## Deeper\n\n{string.Concat(Enumerable.Repeat("A sentence of many. ", 200))}\n\n# Two\n\n{new string('x', 3000)}");
        Assert.Equal((null, "Before."), (chunks[0].Heading, chunks[0].Content));
        Assert.Equal(("One", "Text of one."), (chunks[1].Heading, chunks[1].Content));
        Assert.Equal("One › Deeper", chunks[2].Heading);
        Assert.Equal("Two", chunks[^1].Heading);
        Assert.All(chunks, chunk => Assert.InRange(chunk.Content.Length, 1, 1200));
        Assert.Equal(3000, chunks.Where(chunk => chunk.Heading == "Two").Sum(chunk => chunk.Content.Length));
        Assert.Equal(200, chunks.Where(chunk => chunk.Heading == "One › Deeper").Sum(chunk => chunk.Content.Split("A sentence of many.").Length - 1));
    }
}
