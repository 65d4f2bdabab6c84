using Parley.Server.Contacts;
using Parley.Server.Conversations;
using Parley.Server.Messages;
using Parley.Server.Platform.Http;

namespace Parley.Server.Search;

/// <summary>A search that was read: words, filters, and whose.</summary>
internal sealed record Search(Guid Tenant, SearchWords Words, SearchQuery Query, SearchFilter Filter, Cursor? Cursor, int Limit);

/// <summary>Pages of what was found. Ids come from the system role, everything that is shown is read in the tenant's own.</summary>
internal sealed class SearchPages(SearchStore store, MessageStore messages, ContactStore contacts, ConversationStore conversations)
{
    public async Task<Page<FoundMessage>> ListMessagesAsync(Search search, CancellationToken cancellationToken)
    {
        var hits = await store.FindMessagesAsync(search.Tenant, search.Query, search.Filter, search.Cursor, search.Limit + 1, cancellationToken);
        var page = Page<Hit>.Of(hits, search.Limit, hit => hit.Position);
        var shown = (await messages.ListByIdsAsync(search.Tenant, [.. page.Items.Select(hit => hit.Id)], cancellationToken)).ToDictionary(message => message.Id);
        var people = (await conversations.ListByIdsAsync(search.Tenant, [.. page.Items.Select(hit => hit.ConversationId).Distinct()], cancellationToken)).ToDictionary(conversation => conversation.Id);
        var folding = await store.FoldingAsync(cancellationToken);
        return new([.. page.Items
            .Where(hit => shown.ContainsKey(hit.Id) && people.ContainsKey(hit.ConversationId))   // what was deleted in between
            .Select(hit => (Message: shown[hit.Id], With: people[hit.ConversationId]))
            .Select(found => new FoundMessage(found.Message, found.With.ContactName, found.With.Handle, Mark(found.Message.Content)))], page.NextCursor);

        Snippet Mark(string? content) => Snippet.Of(content ?? "", [.. search.Words.Wanted], folding);
    }

    public async Task<Page<FoundContact>> ListContactsAsync(Search search, CancellationToken cancellationToken)
    {
        var ids = await store.FindContactsAsync(search.Tenant, search.Query, search.Filter, search.Cursor?.Id, search.Limit + 1, cancellationToken);
        var shown = await contacts.ListByIdsAsync(search.Tenant, ids, cancellationToken);
        var page = Page<ContactView>.Of([.. shown.Reverse()], search.Limit, contact => new(contact.CreatedAt, contact.Id));
        var latest = await conversations.ListLatestAsync(search.Tenant, search.Filter.Sight, [.. page.Items.Select(contact => contact.Id)], cancellationToken);
        var folding = await store.FoldingAsync(cancellationToken);
        return new([.. page.Items.Select(contact => new FoundContact(contact, latest.TryGetValue(contact.Id, out var conversation) ? conversation : null,
            Snippet.Of(contact.Name ?? contact.Phone ?? contact.Identities.FirstOrDefault()?.Handle ?? "", [.. search.Words.Wanted], folding)))], page.NextCursor);
    }

    /// <summary>Two lists in the order of their times, made one: conversations with such a person, and those in which it was said.</summary>
    public async Task<Page<FoundConversation>> ListConversationsAsync(Search search, CancellationToken cancellationToken)
    {
        var withThem = await store.FindConversationsAsync(search.Tenant, search.Query, search.Filter, search.Cursor, search.Limit + 1, cancellationToken);
        var saidThere = await ListWhereSaidAsync(search, cancellationToken);
        var page = Page<Hit>.Of([.. withThem.Concat(saidThere.Hits).OrderByDescending(hit => hit.At).ThenByDescending(hit => hit.Id).Take(search.Limit + 1)], search.Limit, hit => hit.Position);
        if (page.NextCursor is null && saidThere.GoesOnAt is { } rest) page = page with { NextCursor = rest.ToString() };

        var shown = (await conversations.ListByIdsAsync(search.Tenant, [.. page.Items.Select(hit => hit.ConversationId)], cancellationToken)).ToDictionary(conversation => conversation.Id);
        var said = (await messages.ListByIdsAsync(search.Tenant, [.. page.Items.Select(hit => hit.Id).Except(shown.Keys)], cancellationToken)).ToDictionary(message => message.Id);
        var folding = await store.FoldingAsync(cancellationToken);
        return new([.. page.Items.Where(hit => shown.ContainsKey(hit.ConversationId)).Select(hit =>
        {
            var conversation = shown[hit.ConversationId];
            var message = said.GetValueOrDefault(hit.Id);
            return new FoundConversation(conversation, message?.Id, hit.At, Snippet.Of(message?.Content ?? conversation.ContactName ?? conversation.Handle, [.. search.Words.Wanted], folding));
        })], page.NextCursor);
    }

    // The newest found message of each conversation. Where one conversation has them all, the page is short and goes on where we stopped.
    async Task<(IReadOnlyList<Hit> Hits, Cursor? GoesOnAt)> ListWhereSaidAsync(Search search, CancellationToken cancellationToken)
    {
        const int rounds = 6;
        var each = Math.Max(100, 2 * (search.Limit + 1));
        var hits = new List<Hit>();
        var seen = new HashSet<Guid>();
        var cursor = search.Cursor;
        for (var round = 0; round < rounds && hits.Count <= search.Limit; round++)
        {
            var found = await store.FindMessagesAsync(search.Tenant, search.Query, search.Filter, cursor, each, cancellationToken);
            var first = found.Where(hit => seen.Add(hit.ConversationId)).ToList();
            if (first.Count > 0)
            {
                var others = await store.ListOthersAsync(search.Tenant, search.Query, search.Filter, search.Cursor, [.. first.Select(hit => hit.ConversationId)], cancellationToken);
                hits.AddRange(first.Where(hit => !others.Contains(hit.ConversationId)));
            }
            if (found.Count < each) return (hits, null);
            cursor = found[^1].Position;
        }
        return (hits, cursor);
    }
}
