using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>Messages: listed, shown with their files, and changed where the network can.</summary>
internal static class UnipileMessageEndpoints
{
    public static void MapUnipileMessages(this IEndpointRouteBuilder api)
    {
        api.MapGet("/chats/{chat_id}/messages", ListOfChat);
        api.MapGet("/messages", List);
        api.MapGet("/messages/{message_id}", (string message_id, UnipileStore store) =>
            store.FindMessage(message_id) is var (message, _) ? UnipileAnswer.Ok(json => UnipileJson.Message(json, message)) : UnipileErrors.NotFound("Message"));
        api.MapGet("/messages/{message_id}/attachments/{attachment_id}", Download);
        api.MapPost("/messages/{message_id}/reaction", React);
        api.MapPatch("/messages/{message_id}", Edit);
        api.MapDelete("/messages/{message_id}", Delete);
        api.MapPost("/messages/{message_id}/forward", Forward);
    }

    static IResult ListOfChat(string chat_id, HttpContext http, UnipileStore store, UnipileGate gate)
    {
        var (query, wrong) = UnipileQuery.Read(http.Request);
        if (query is null) return wrong!;
        return store.FindChat(chat_id, http.Request.Query["account_id"]) is { } chat ? UnipilePages.Messages(http, query, [chat], gate) : UnipileErrors.NotFound("Chat");
    }

    static IResult List(HttpContext http, UnipileStore store, UnipileGate gate)
    {
        var (query, wrong) = UnipileQuery.Read(http.Request);
        if (query is null) return wrong!;
        var accounts = query.AccountIds.Count == 0 ? store.Accounts() : query.AccountIds.Select(store.FindAccount).OfType<UnipileAccount>().ToList();
        if (query.AccountIds.Count > accounts.Count) return UnipileErrors.NotFound("Account");
        if (query.SenderId is { } sender && store.FindPerson(sender) is null && !accounts.Any(account => account.People().Any(person => person.ProviderId == sender))) return UnipileErrors.NotFound("Sender");
        return UnipilePages.Messages(http, query, [.. accounts.SelectMany(account => account.AllChats())], gate);
    }

    static async Task<IResult> Download(string message_id, string attachment_id, HttpContext http, UnipileStore store)
    {
        if (store.FindMessage(message_id) is not var (message, _)) return UnipileErrors.NotFound("Message");
        if (message.Attachments.FirstOrDefault(one => one.Id == attachment_id) is not { } attachment || UnipileFiles.Bytes(attachment) is not { } bytes) return UnipileErrors.NotFound("Attachment");
        http.Response.ContentType = attachment.MimeType;
        await UnipileGate.SendAsync(http, bytes);
        return Results.Empty;
    }

    static async Task<IResult> React(string message_id, HttpRequest request, UnipileStore store, UnipileLedger ledger, UnipileWebhooks webhooks, TimeProvider time)
    {
        if (store.FindMessage(message_id) is not var (message, place)) return UnipileErrors.NotFound("Message");
        var account = message.Chat.Account;
        if (await BodyAsync(request) is not { } body || body.Text("reaction") is not { Length: > 0 } emoji) return UnipileErrors.Answer("missing_parameters", "reaction is required.");
        if (Refuse(account, "WHATSAPP", "LINKEDIN") is { } refused) return refused;
        var mine = new UnipileReaction(emoji, account.Owner.ProviderId, true);
        var changed = message.Chat.Change(place, before => before with { Reactions = [.. before.Reactions.Where(reaction => !reaction.IsSender), mine] })!;
        ledger.Add(new UnipileActionEntry("reaction", account.Id, message.Chat.Id, message_id, emoji, time.GetUtcNow()));
        _ = webhooks.SendMessageAsync("message_reaction", changed, new JsonObject { ["reaction"] = emoji, ["reaction_sender"] = UnipileJson.Attendee(account.Owner, account) });
        return UnipileAnswer.Tagged("MessageReactionAdded", 201, ("success", true));
    }

    static async Task<IResult> Edit(string message_id, HttpRequest request, UnipileStore store, UnipileLedger ledger, UnipileWebhooks webhooks, TimeProvider time)
    {
        if (store.FindMessage(message_id) is not var (message, place)) return UnipileErrors.NotFound("Message");
        var account = message.Chat.Account;
        if (await BodyAsync(request) is not { } body || body.Text("text") is not { Length: > 0 } text) return UnipileErrors.Answer("missing_parameters", "text is required.");
        if ((Refuse(account, "WHATSAPP", "LINKEDIN") ?? NotOurs(message) ?? TooOld(message, account.Type == "WHATSAPP" ? 15 : 60, time)) is { } refused) return refused;
        var changed = message.Chat.Change(place, before => before with { Text = text, Edited = true })!;
        ledger.Add(new UnipileActionEntry("edit", account.Id, message.Chat.Id, message_id, text, time.GetUtcNow()));
        _ = webhooks.SendMessageAsync("message_edited", changed);
        return UnipileAnswer.Tagged("MessageEdited");
    }

    static IResult Delete(string message_id, UnipileStore store, UnipileLedger ledger, UnipileWebhooks webhooks, TimeProvider time)
    {
        if (store.FindMessage(message_id) is not var (message, place)) return UnipileErrors.NotFound("Message");
        var account = message.Chat.Account;
        if ((Refuse(account, "WHATSAPP", "LINKEDIN") ?? NotOurs(message) ?? (account.Type == "LINKEDIN" ? TooOld(message, 60, time) : null)) is { } refused) return refused;
        var changed = message.Chat.Change(place, before => before with { Deleted = true })!;
        ledger.Add(new UnipileActionEntry("delete", account.Id, message.Chat.Id, message_id, null, time.GetUtcNow()));
        _ = webhooks.SendMessageAsync("message_deleted", changed);
        return UnipileAnswer.Tagged("MessageDeleted");
    }

    static async Task<IResult> Forward(string message_id, HttpRequest request, UnipileStore store, UnipileEmulator unipile)
    {
        if (store.FindMessage(message_id) is not var (message, _)) return UnipileErrors.NotFound("Message");
        if (await BodyAsync(request) is not { } body || body.Text("chat_id") is not { } chatId) return UnipileErrors.Answer("missing_parameters", "chat_id is required.");
        if (store.FindChat(chatId) is not { } chat) return UnipileErrors.NotFound("Chat");
        if (Refuse(chat.Account, "WHATSAPP") is { } refused) return refused;
        var (id, _) = unipile.Accept(chat, new("json", new Dictionary<string, IReadOnlyList<string>>(), []), null, startsChat: false, isForwarded: true, like: message);
        return UnipileAnswer.Tagged("MessageForwarded", 201, ("message_id", id));
    }

    static IResult? Refuse(UnipileAccount account, params string[] types) =>
        !types.Contains(account.Type) ? UnipileErrors.NotImplemented(account.Type) : account.IsOk ? null : UnipileErrors.Disconnected();

    static IResult? NotOurs(UnipileMessage message) => message.IsSender ? null : UnipileErrors.Answer("invalid_message", "Only your own messages can be changed.");

    static IResult? TooOld(UnipileMessage message, int minutes, TimeProvider time) =>
        time.GetUtcNow().ToUnixTimeMilliseconds() - message.At > minutes * 60_000L ? UnipileErrors.Answer("unprocessable_entity", $"The message is older than {minutes} minutes.") : null;

    static async Task<JsonObject?> BodyAsync(HttpRequest request)
    {
        try { return await JsonSerializer.DeserializeAsync<JsonObject>(request.Body, cancellationToken: request.HttpContext.RequestAborted); }
        catch (JsonException) { return null; }
    }
}
