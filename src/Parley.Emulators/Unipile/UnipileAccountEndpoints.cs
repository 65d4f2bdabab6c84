namespace Parley.Emulators.Unipile;

/// <summary>Accounts: they are created, lose their credentials, and come back.</summary>
internal static class UnipileAccountEndpoints
{
    public static readonly IReadOnlyList<string> Types = ["INSTAGRAM", "WHATSAPP", "LINKEDIN", "TELEGRAM", "MESSENGER", "TWITTER"];

    public static void MapUnipileAccounts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/accounts", List);
        api.MapPost("/accounts", Create);
        api.MapGet("/accounts/{account_id}", (string account_id, UnipileStore store) =>
            store.FindAccount(account_id) is { } account ? UnipileAnswer.Ok(json => UnipileJson.Account(json, account)) : UnipileErrors.NotFound("Account"));
        api.MapPost("/accounts/{account_id}", (string account_id, UnipileStore store, UnipileEmulator unipile) => Revive(account_id, "AccountReconnected", store, unipile));
        api.MapPost("/accounts/{account_id}/restart", (string account_id, UnipileStore store, UnipileEmulator unipile) => Revive(account_id, "AccountRestarted", store, unipile));
        api.MapGet("/accounts/{account_id}/sync", (string account_id, UnipileStore store) =>
            store.FindAccount(account_id) is { } account ? UnipileAnswer.Tagged("AccountResync", 200, ("status", account.NextSync())) : UnipileErrors.NotFound("Account"));
        api.MapDelete("/accounts/{account_id}", (string account_id, UnipileStore store, UnipileEmulator unipile) =>
        {
            if (store.FindAccount(account_id) is not { } account) return UnipileErrors.NotFound("Account");
            unipile.Become(account, "DELETED");
            return UnipileAnswer.Tagged("AccountDeleted");
        });
    }

    static IResult List(HttpContext http, UnipileStore store, UnipileGate gate)
    {
        var (query, wrong) = UnipileQuery.Read(http.Request);
        if (query is null) return wrong!;
        var all = store.Accounts();
        var limit = UnipilePages.Limit(query, gate);
        var rest = query.From is { } from ? all.SkipWhile(account => account.Id != from.Id).Skip(1).ToList() : [.. all];
        var page = rest.Take(limit).ToList();
        var cursor = UnipileGate.CursorOf(http, query.Cursor, rest.Count > limit ? query.CursorAfter(new(null, page[^1].Id)) : null);
        return UnipileAnswer.Ok(json => UnipileJson.List(json, "AccountList", page, UnipileJson.Account, cursor, more =>
        {
            more.WriteNumber("total_count"u8, all.Count);
            more.WriteStartObject("status_counts"u8);
            foreach (var status in new[] { "OK", "CONNECTING", "CREDENTIALS", "STOPPED" }) more.WriteNumber(status, all.Count(account => account.Status == status));
            more.WriteEndObject();
        }));
    }

    // Any login will do; there is no second factor.
    static async Task<IResult> Create(HttpRequest request, UnipileStore store, UnipileEmulator unipile, TimeProvider time)
    {
        var (form, wrong) = await UnipileForm.ReadAsync(request);
        if (form is null) return wrong!;
        if (form.Text("provider") is not { } type || !Types.Contains(type)) return UnipileErrors.Invalid($"provider must be one of {string.Join(", ", Types)}.");
        var username = form.Text("username") ?? "emulated";
        var account = new UnipileAccount(UnipileIds.Letters((ulong)time.GetUtcNow().Ticks, 22), type, username, username, time.GetUtcNow());
        store.Put(account);
        foreach (var status in new[] { "CREATION_SUCCESS", "SYNC_SUCCESS" }) unipile.Become(account, status);
        return UnipileAnswer.Tagged("AccountCreated", 201, ("account_id", account.Id));
    }

    static IResult Revive(string id, string tag, UnipileStore store, UnipileEmulator unipile)
    {
        if (store.FindAccount(id) is not { } account) return UnipileErrors.NotFound("Account");
        unipile.Become(account, "OK");
        return UnipileAnswer.Tagged(tag, 200, ("account_id", tag == "AccountReconnected" ? id : null));
    }
}
