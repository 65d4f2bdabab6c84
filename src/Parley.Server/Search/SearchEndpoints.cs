using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Search;

internal static class SearchEndpoints
{
    const int Longest = 256;
    static readonly string[] Types = ["messages", "contacts", "conversations"];
    static readonly string[] Channels = ["whatsapp", "sms", "instagram", "facebook", "linkedin", "twitter", "telegram", "email"];

    public static IServiceCollection AddSearch(this IServiceCollection services, bool work)
    {
        if (work) services.AddHostedService<SearchIndexWorker>();
        return services.AddSingleton<SearchStore>().AddSingleton<SearchPages>();
    }

    public static void MapSearch(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/search", Search).WithTags("Search").RequireAuthorization(Policies.Viewer)
            .WithSummary("Finds messages, contacts and conversations in all history.")
            .WithDescription("""
                All words must be there, the last one as a beginning; "in quotes" means in this order, -word means without it. Accents and case do not count.
                Without a type each section has its first results; a section's next_cursor goes on with its type. After and before mean the time of a message;
                for conversations, a time they went on; for contacts nothing.
                """);

    static async Task<Results<Ok<SearchView>, ValidationProblem>> Search(
        Caller caller, SearchStore store, SearchPages pages, CancellationToken cancellationToken,
        string? q = null, string? type = null, string? channel = null, Guid? contact_id = null, Guid? integration_id = null, string? after = null, string? before = null,
        int? limit = null, string? cursor = null)
    {
        if (string.IsNullOrWhiteSpace(q)) return Problems.Invalid("q", "It is empty. Say what to look for.");
        if (Texts.Wrong(q, Longest) is { } unfit) return Problems.Invalid("q", unfit);
        if (type is not null && !Types.Contains(type)) return Problems.Invalid("type", $"It must be one of {string.Join(", ", Types)}.");
        if (channel is not null && !Channels.Contains(channel)) return Problems.Invalid("channel", $"It must be one of {string.Join(", ", Channels)}.");
        if (!TryRead(after, out var from)) return Problems.Invalid("after", "It is no time. Write 2026-01-31 or 2026-01-31T12:00:00Z.");
        if (!TryRead(before, out var until)) return Problems.Invalid("before", "It is no time. Write 2026-01-31 or 2026-01-31T12:00:00Z.");
        if (limit is < 1 or > PageQuery.Most) return Problems.Invalid("limit", $"It must be from 1 to {PageQuery.Most}.");
        Cursor position = default;
        if (cursor is not null && type is null) return Problems.Invalid("cursor", "It belongs to one section: say which with type.");
        if (cursor is not null && !Cursor.TryParse(cursor, out position)) return Problems.Invalid("cursor", "It is not one of this list's cursors.");

        var words = SearchWords.Read(q);
        if (words.Terms.Count > 0 && !words.Wanted.Any()) return Problems.Invalid("q", "It only says what must not be there. Say what to look for as well.");
        if (await store.ReadAsync(words, cancellationToken) is not { } query)   // signs without a word
            return TypedResults.Ok(new SearchView(IsAsked("messages") ? new([], null) : null, IsAsked("contacts") ? new([], null) : null, IsAsked("conversations") ? new([], null) : null));
        var search = new Search(caller.TenantId, words, query, new(channel, contact_id, integration_id, from, until, caller.Sight), cursor is null ? null : position, limit ?? (type is null ? 20 : PageQuery.Default));
        var messages = IsAsked("messages") ? pages.ListMessagesAsync(search, cancellationToken) : null;
        var contacts = IsAsked("contacts") ? pages.ListContactsAsync(search, cancellationToken) : null;
        var conversations = IsAsked("conversations") ? pages.ListConversationsAsync(search, cancellationToken) : null;
        await Task.WhenAll(new Task?[] { messages, contacts, conversations }.OfType<Task>());
        return TypedResults.Ok(new SearchView(messages?.Result, contacts?.Result, conversations?.Result));

        bool IsAsked(string section) => type is null || type == section;
    }

    // A day without an hour begins in UTC.
    static bool TryRead(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null) return true;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var read)) return false;
        time = read;
        return true;
    }
}
