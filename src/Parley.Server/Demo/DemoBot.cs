using Parley.Server.Bot;
using Parley.Server.Bot.Knowledge;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Demo;

/// <summary>The demo's bots, with a few documents, asking the emulated model server, which is made of rules and needs no network.</summary>
internal sealed class DemoBot(TenantDatabase database, SecretBox secrets)
{
    static readonly (string Title, string Content)[] Documents =
    [
        ("Opening hours", """
            # When we are open

            Café Aurora is open from Tuesday to Sunday, from 8:00 to 18:00. On Mondays we are closed.
            On public holidays we open at 10:00. On 24 and 25 December and on 1 January we stay closed.

            # Where we are

            You find us at Hafenstraße 12 in Hamburg, next to the old crane. The bus stop is Fischmarkt. There is a ramp at the side door for wheelchairs.
            """),
        ("Wholesale", """
            # Ordering

            Wholesale orders are at least 50 euros. Order by 14:00, and we deliver the next morning between 6:00 and 8:00, also on Saturdays.
            Orders can be changed until 16:00 of the day before.

            # Delivery

            We deliver within Hamburg. Delivery costs 9 euros, and nothing from 150 euros on.

            # Payment

            We send an invoice at the end of each month, payable within 14 days. New customers pay their first order in advance.
            """),
        ("Cakes and prices", """
            # Whole cakes

            A cheesecake costs 24 euros, an almond cake 28 euros, a carrot cake 26 euros. Each has twelve pieces. Wholesale customers get 15 percent off from five cakes on.

            # Coffee beans

            Our house blend costs 14 euros for 500 grams and 26 euros for a kilo. We roast on Wednesdays.

            # Allergens

            The almond cake is free of gluten. The carrot cake has walnuts in it. Our vegan cake is the apple crumble.
            """),
    ];

    public Task WriteDocumentsAsync(Guid tenant, CancellationToken cancellationToken) => database.ChangeAsync(tenant, async change =>
    {
        foreach (var (title, content) in Documents) await DocumentStore.CreateAsync(change, tenant, title, content, cancellationToken);
        return true;
    }, cancellationToken);

    /// <summary>On this account there is a bot from now on. The emulators may have another address than last time; what somebody changed in between stays.</summary>
    public async Task PointAsync(Guid tenant, Guid integration, string emulators, CancellationToken cancellationToken)
    {
        var url = $"{emulators}/openai/v1";
        var store = new BotStore(database, secrets, TimeProvider.System);
        if (await store.FindAsync(tenant, integration, cancellationToken) is null)
            await store.SaveAsync(tenant, integration, new(
                IsOn: true, BaseUrl: url, Model: "parley-rules", WaitSeconds: 2, HandOverWords: ["human", "operator", "talk to a person"],
                SystemPrompt: "You are the friendly bot of Café Aurora in Hamburg and answer customers: opening hours, orders, delivery, cakes and prices."), cancellationToken);
        else
            await database.ExecuteAsync(tenant, "update bots set base_url = @url where tenant_id = @tenant and integration_id = @integration and base_url like 'http://127.0.0.1:%/openai/v1'", new { integration, url }, cancellationToken);
    }
}
