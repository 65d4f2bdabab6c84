namespace Parley.Emulators.Unipile;

/// <summary>People: of a chat, of an account, and looked up at the network.</summary>
internal static class UnipileAttendeeEndpoints
{
    public static void MapUnipileAttendees(this IEndpointRouteBuilder api)
    {
        api.MapGet("/chats/{chat_id}/attendees", OfChat);
        api.MapGet("/chat_attendees", List);
        api.MapGet("/chat_attendees/{attendee_id}", (string attendee_id, UnipileStore store) =>
            store.FindPerson(attendee_id) is { } person && store.FindAccount(person.AccountId) is { } account ? UnipileAnswer.Ok(json => UnipileJson.Person(json, person, account)) : UnipileErrors.NotFound("Attendee"));
        api.MapGet("/chat_attendees/{attendee_id}/chats", Chats);
        api.MapGet("/chat_attendees/{attendee_id}/messages", Messages);
        api.MapGet("/chat_attendees/{attendee_id}/picture", Picture);
        api.MapGet("/users/{identifier}", User);
    }

    // The owner is among them.
    static IResult OfChat(string chat_id, HttpContext http, UnipileStore store)
    {
        if (store.FindChat(chat_id, http.Request.Query["account_id"]) is not { } chat) return UnipileErrors.NotFound("Chat");
        return UnipileAnswer.Ok(json => UnipileJson.List(json, "ChatAttendeeList", chat.People.Append(chat.Account.Owner), (inner, person) => UnipileJson.Person(inner, person, chat.Account), null));
    }

    static IResult List(HttpContext http, UnipileStore store, UnipileGate gate)
    {
        var (query, wrong) = UnipileQuery.Read(http.Request);
        if (query is null) return wrong!;
        var accounts = query.AccountIds.Count == 0 ? store.Accounts() : query.AccountIds.Select(store.FindAccount).OfType<UnipileAccount>().ToList();
        if (query.AccountIds.Count > accounts.Count) return UnipileErrors.NotFound("Account");
        var limit = UnipilePages.Limit(query, gate);
        var page = accounts.SelectMany(account => account.People()).OrderByDescending(person => person.Id, StringComparer.Ordinal)
            .Where(person => query.From is not { } from || string.CompareOrdinal(person.Id, from.Id) < 0).Take(limit + 1).ToList();
        var cursor = UnipileGate.CursorOf(http, query.Cursor, page.Count > limit ? query.CursorAfter(new(null, page[limit - 1].Id)) : null);
        return UnipileAnswer.Ok(json => UnipileJson.List(json, "ChatAttendeeList", page.Take(limit), (inner, person) => UnipileJson.Person(inner, person, store.FindAccount(person.AccountId)!), cursor));
    }

    static IResult Chats(string attendee_id, HttpContext http, UnipileStore store, UnipileGate gate)
    {
        var (query, wrong) = UnipileQuery.Read(http.Request);
        if (query is null) return wrong!;
        var wanted = attendee_id.Split(',').Select(id => store.FindPerson(id)?.ProviderId ?? id).ToHashSet();
        var accounts = query.AccountIds.Count == 0 ? store.Accounts() : query.AccountIds.Select(store.FindAccount).OfType<UnipileAccount>().ToList();
        if (!accounts.Any(account => wanted.Any(id => account.FindChatWith(id) is not null))) return UnipileErrors.NotFound("Attendee");
        return UnipilePages.Chats(http, query, accounts, gate, chat => chat.Type == 0 && chat.People is [var other, ..] && wanted.Contains(other.ProviderId));
    }

    static IResult Messages(string attendee_id, HttpContext http, UnipileStore store, UnipileGate gate)
    {
        var (query, wrong) = UnipileQuery.Read(http.Request);
        if (query is null) return wrong!;
        var providerId = store.FindPerson(attendee_id)?.ProviderId ?? attendee_id;
        var accounts = query.AccountIds.Count == 0 ? store.Accounts() : query.AccountIds.Select(store.FindAccount).OfType<UnipileAccount>().ToList();
        var chats = accounts.SelectMany(account => account.AllChats()).Where(chat => chat.Account.Owner.ProviderId == providerId || chat.People.Any(person => person.ProviderId == providerId)).ToList();
        return chats.Count == 0 ? UnipileErrors.NotFound("Attendee") : UnipilePages.Messages(http, query with { SenderId = providerId }, chats, gate);
    }

    static async Task<IResult> Picture(string attendee_id, HttpContext http, UnipileStore store)
    {
        if (store.FindPerson(attendee_id) is null && store.FindChat(attendee_id) is null) return UnipileErrors.NotFound("Attendee");
        http.Response.ContentType = "image/png";
        await UnipileGate.SendAsync(http, UnipileFiles.PictureOf(attendee_id));
        return Results.Empty;
    }

    // Anybody has a profile there, but who is called nobody. On Instagram one writes to provider_messaging_id, which is another id.
    static IResult User(string identifier, string? account_id, UnipileStore store)
    {
        if (account_id is null) return UnipileErrors.Answer("missing_parameters", "account_id is required.");
        if (store.FindAccount(account_id) is not { } account) return UnipileErrors.NotFound("Account");
        if (!account.IsOk) return UnipileErrors.Disconnected();
        if (identifier.StartsWith("nobody", StringComparison.Ordinal)) return UnipileErrors.Answer("invalid_recipient", "The user cannot be found.", 422);
        var person = identifier == "me" ? account.Owner : account.People().FirstOrDefault(one => one.PublicIdentifier == identifier || one.ProviderId == identifier);
        var hash = UnipileIds.Hash(identifier);
        var messagingId = person?.ProviderId ?? UnipilePeople.ProviderId(account.Type, hash);
        var providerId = account.Type == "INSTAGRAM" ? UnipileIds.Digits(UnipileIds.Hash(messagingId), 11) : messagingId;
        return UnipileAnswer.Tagged(identifier == "me" ? "AccountOwnerProfile" : "UserProfile", 200, ("provider", account.Type), ("provider_id", providerId),
            ("provider_messaging_id", account.Type == "INSTAGRAM" ? messagingId : null), ("public_identifier", person?.PublicIdentifier ?? identifier), ("full_name", person?.Name ?? UnipilePeople.Name(hash)),
            ("profile_picture_url", $"https://scontent.example/{providerId}.jpg"), ("followers_count", (int)(hash % 5_000)));
    }
}
