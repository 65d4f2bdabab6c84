using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>Chats: listed, shown, and changed where the network can.</summary>
internal static class UnipileChatEndpoints
{
    // Which network knows which action, and whether its value is a claim.
    static readonly Dictionary<string, (string[] Types, bool IsClaim)> Actions = new()
    {
        ["setReadStatus"] = (["WHATSAPP", "LINKEDIN"], true),
        ["setMuteStatus"] = (["WHATSAPP", "LINKEDIN"], true),
        ["setArchiveStatus"] = (["WHATSAPP"], true),
        ["setPinnedStatus"] = (["WHATSAPP"], true),
        ["addParticipant"] = (["WHATSAPP", "TELEGRAM"], false),
        ["removeParticipant"] = (["WHATSAPP", "TELEGRAM"], false),
        ["setLabel"] = (["WHATSAPP"], false),
        ["getInviteLink"] = (["WHATSAPP", "TELEGRAM"], false),
    };

    public static void MapUnipileChats(this IEndpointRouteBuilder api)
    {
        api.MapGet("/chats", List);
        api.MapGet("/chats/{chat_id}", (string chat_id, string? account_id, UnipileStore store) =>
            store.FindChat(chat_id, account_id) is { } chat ? UnipileAnswer.Ok(json => UnipileJson.Chat(json, chat, withLast: true)) : UnipileErrors.NotFound("Chat"));
        api.MapPatch("/chats/{chat_id}", Patch);
        api.MapDelete("/chats/{chat_id}", Delete);
        api.MapGet("/chats/{chat_id}/sync", (string chat_id, UnipileStore store) =>
            store.FindChat(chat_id) is { } chat ? UnipileAnswer.Tagged("ChatHistorySync", 200, ("chat_id", chat.Id), ("status", chat.Account.NextSync())) : UnipileErrors.NotFound("Chat"));
    }

    static IResult List(HttpContext http, UnipileStore store, UnipileGate gate)
    {
        var (query, wrong) = UnipileQuery.Read(http.Request);
        if (query is null) return wrong!;
        var accounts = query.AccountIds.Count == 0 ? store.Accounts() : query.AccountIds.Select(store.FindAccount).OfType<UnipileAccount>().ToList();
        return query.AccountIds.Count > accounts.Count ? UnipileErrors.NotFound("Account") : UnipilePages.Chats(http, query, accounts, gate);
    }

    static async Task<IResult> Patch(string chat_id, HttpRequest request, UnipileStore store, UnipileLedger ledger, TimeProvider time)
    {
        if (store.FindChat(chat_id) is not { } chat) return UnipileErrors.NotFound("Chat");
        JsonObject? body;
        try { body = await JsonSerializer.DeserializeAsync<JsonObject>(request.Body, cancellationToken: request.HttpContext.RequestAborted); }
        catch (JsonException) { return UnipileErrors.Answer("malformed_request"); }
        if (body.Text("action") is not { } action) return UnipileErrors.Answer("missing_parameters", "action is required.");
        if (!Actions.TryGetValue(action, out var known)) return UnipileErrors.Answer("invalid_action", $"There is no action {action}.");
        if (action != "getInviteLink" && body!["value"] is null) return UnipileErrors.Answer("missing_parameters", "value is required.");
        if (known.IsClaim && body!["value"]!.GetValueKind() is not (JsonValueKind.True or JsonValueKind.False)) return UnipileErrors.Invalid("value must be a boolean.");
        if (!known.Types.Contains(chat.Account.Type)) return UnipileErrors.NotImplemented(chat.Account.Type);
        if (!chat.Account.IsOk) return UnipileErrors.Disconnected();
        var (claim, text) = (body.Flag("value"), body.Text("value") ?? "");
        chat.Account.Change(chat, state => action switch
        {
            "setReadStatus" => state with { Unread = claim ? 0 : Math.Max(1, state.Unread) },
            "setMuteStatus" => state with { MutedUntil = claim ? -1 : null },
            "setArchiveStatus" => state with { Archived = claim },
            "setPinnedStatus" => state with { Pinned = claim },
            _ => state,
        });
        if (action == "addParticipant") chat.Join(text, id => new(id, chat.Account.Id, text, text, null));
        if (action == "removeParticipant" && !chat.Remove(text)) return UnipileErrors.Answer("invalid_recipient");
        ledger.Add(new UnipileActionEntry(action, chat.Account.Id, chat.Id, null, body!["value"]?.ToJsonString().Trim('"'), time.GetUtcNow()));
        return action == "getInviteLink" ? UnipileAnswer.Tagged("ChatPatched", 200, ("invite_link", $"https://chat.example/{chat.Id}")) : UnipileAnswer.Tagged("ChatPatched");
    }

    static IResult Delete(string chat_id, UnipileStore store, UnipileLedger ledger, TimeProvider time)
    {
        if (store.FindChat(chat_id) is not { } chat) return UnipileErrors.NotFound("Chat");
        if (chat.Account.Type is not ("WHATSAPP" or "LINKEDIN")) return UnipileErrors.NotImplemented(chat.Account.Type);
        store.Remove(chat);
        ledger.Add(new UnipileActionEntry("deleteChat", chat.Account.Id, chat.Id, null, null, time.GetUtcNow()));
        return UnipileAnswer.Tagged("ChatDeleted");
    }
}
