using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>How Unipile is steered.</summary>
internal sealed class UnipileControls(UnipileEmulator unipile, UnipileStore store, UnipileWebhooks webhooks, UnipileGate gate, UnipileLedger ledger, TimeProvider time) : IEmulatedProvider
{
    const int MostChats = 200_000, MostMessages = 100_000_000;

    public string Name => "unipile";

    // An account that nobody knows is made: a test needs no more than this one call.
    public Task<IResult> ConnectAsync(JsonObject request, CancellationToken cancellationToken)
    {
        if ((Controls.Missing(request, "external_id", "webhook_url", "secret") ?? Controls.NotAnAddress(request, "webhook_url") ?? BadType(request)) is { } wrong) return Task.FromResult<IResult>(wrong);
        var id = request.Text("external_id")!;
        if (store.FindAccount(id) is null) store.Put(NewAccount(request, id));
        webhooks.Connect(id, request.Text("webhook_url")!, request.Text("secret")!);
        return Task.FromResult(Results.Ok(new { connected = id }));
    }

    public async Task<IResult> SayAsync(JsonObject request)
    {
        if (Controls.Missing(request, "to", "from") is { } missing) return missing;
        if (store.FindAccount(request.Text("to")) is not { } account) return NoAccount(request.Text("to"));
        if (Controls.CountOf(request) is not { } count) return Controls.NotACount();
        if (request.Text("timestamp") is { } timestamp && UnipileQuery.ReadTime(timestamp) is null) return Controls.Bad("timestamp must be written like 2026-01-31T10:00:00.000Z.");
        UnipileChat? chat = null;
        if (request.Text("chat") is { } chatId && (chat = store.FindChat(chatId, account.Id)) is null) return TypedResults.Problem($"There is no chat {chatId}.", statusCode: 404, title: "No such chat");
        (UnipileMessage? Message, int? Status) said = default;
        try
        {
            for (var i = 1; i < count; i++) _ = unipile.SayAsync(account, request, chat);
            said = await unipile.SayAsync(account, request, chat);
        }
        catch (FormatException) { return Controls.Bad("media.base64 is not base64."); }
        return Results.Ok(new { id = said.Message?.Id, chat_id = said.Message?.Chat.Id, provider_id = said.Message?.ProviderId, delivered = said.Status == 200, said.Status, missed = said.Message is null });
    }

    public object? FindLedger(string book, IQueryCollection query) => book switch
    {
        "sends" => new { items = ledger.Sends() },
        "actions" => new { items = ledger.Actions() },
        "calls" when gate.Calls(query["account_id"].ToString() is { Length: > 0 } account ? account : null) is var routes => new { total = routes.Values.Sum(), routes },
        _ => null,
    };

    public void ClearLedger(string? book)
    {
        ledger.Clear(book);
        if (book is null or "calls") gate.ClearCalls();
    }

    public object Faults => gate.Faults;

    public string? ChangeFaults(JsonObject change)
    {
        var (changed, wrong) = FaultSwitches.Change(gate.Faults, change);
        if (changed is null) return wrong;
        if (changed.Rules.Select(rule => rule.Kind).FirstOrDefault(kind => !UnipileRule.Kinds.Contains(kind) && UnipileErrors.StatusOf(kind) is null) is { } kind)
            return $"There is no kind {kind}. There are: {string.Join(", ", UnipileRule.Kinds)}, and the slugs of Unipile's errors.";
        if (changed.RejectRecipients.Values.FirstOrDefault(slug => UnipileErrors.StatusOf(slug) is null) is { } unknown) return $"Unipile has no error {unknown}.";
        if (changed.MessageId is not ("string" or "null" or "array" or "late")) return "message_id is string, null, array or late.";
        gate.Faults = changed;
        return null;
    }

    public void ClearFaults() => gate.Faults = new();

    public int Release() => webhooks.Release();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/unipile/dataset", (JsonObject request, UnipileControls controls) => controls.Generate(request));
        routes.MapPost("/unipile/act", (JsonObject request, UnipileControls controls) => controls.ActAsync(request));
        routes.MapPost("/unipile/accounts/{id}/state", (string id, JsonObject request, UnipileControls controls) => controls.Become(id, request));
        routes.MapPost("/unipile/chats/{id}", (string id, JsonObject request, UnipileControls controls) => controls.Overrule(id, request));
    }

    IResult Generate(JsonObject request)
    {
        var since = Stopwatch.GetTimestamp();
        if ((Controls.Missing(request, "account_id") ?? BadType(request)) is { } wrong) return wrong;
        var (chats, messages) = (request.Number("chats") ?? 0, request.Number("messages") ?? 0);
        if (chats is < 0 or > MostChats || messages is < 0 or > MostMessages || chats == 0 && messages > 0) return Controls.Bad($"chats is at most {MostChats:N0}, messages at most {MostMessages:N0}, and without a chat there is no message.");
        var until = request.Text("until") is { } text ? UnipileQuery.ReadTime(text) : new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).ToUnixTimeMilliseconds();
        if (until is null) return Controls.Bad("until must be written like 2026-01-31T10:00:00.000Z.");
        var end = DateTimeOffset.FromUnixTimeMilliseconds(until.Value);
        var account = NewAccount(request, request.Text("account_id")!);
        new UnipileDataset(account, (int)chats, (long)messages, UnipileIds.Hash(request["seed"]?.ToString() ?? ""), end, (int)Math.Clamp(request.Number("attachments_percent") ?? 6, 0, 100)).Fill();
        store.Put(account);
        return Results.Ok(new { account_id = account.Id, account.Type, chats, messages, ms = Stopwatch.GetElapsedTime(since).TotalMilliseconds });
    }

    async Task<IResult> ActAsync(JsonObject request)
    {
        if (request.Text("act") == "chat_read")
        {
            if (store.FindChat(request.Text("chat_id") ?? "") is not { } chat) return TypedResults.Problem($"There is no chat {request.Text("chat_id")}.", statusCode: 404, title: "No such chat");
            chat.Account.Change(chat, state => state with { Unread = 0 });
            return Results.Ok(new { chat_id = chat.Id });
        }
        if (request.Text("act") is not ("read" or "delivered" or "reaction" or "edited" or "deleted")) return Controls.Bad("act is read, delivered, reaction, edited, deleted or chat_read.");
        if (store.FindMessage(request.Text("message_id") ?? "") is not var (message, place)) return TypedResults.Problem($"There is no message {request.Text("message_id")}.", statusCode: 404, title: "No such message");
        var (after, status) = await unipile.ActAsync(request.Text("act")!, message, place, request);
        return Results.Ok(new { id = after.Id, chat_id = after.Chat.Id, delivered = status == 200, status });
    }

    IResult Become(string id, JsonObject request)
    {
        if (store.FindAccount(id) is not { } account) return NoAccount(id);
        if (request.Text("status") is not ("OK" or "STOPPED" or "ERROR" or "CREDENTIALS" or "CONNECTING" or "PERMISSIONS" or "DELETED" or "GONE" or "CREATION_SUCCESS" or "CREATION_FAIL" or "RECONNECTED" or "SYNC_SUCCESS"))
            return Controls.Bad("status is a status of Unipile's, or GONE.");
        unipile.Become(account, request.Text("status")!);
        return Results.Ok(new { account_id = id, status = store.FindAccount(id)?.Status });
    }

    // A chat says something else of itself than it should: an unknown type, a time in the future.
    IResult Overrule(string id, JsonObject request)
    {
        if (store.FindChat(id) is not { } chat) return TypedResults.Problem($"There is no chat {id}.", statusCode: 404, title: "No such chat");
        chat.Account.Change(chat, state => state with { Extra = request.DeepClone().AsObject(), At = UnipileQuery.ReadTime(request.Text("timestamp")) ?? state.At });
        return Results.Ok(new { chat_id = chat.Id });
    }

    UnipileAccount NewAccount(JsonObject request, string id)
    {
        var type = request.Text("type") ?? "INSTAGRAM";
        var username = request.Text("username") ?? (type == "WHATSAPP" ? "+351910000000" : UnipilePeople.Username(request.Text("name") ?? id));
        return new(id, type, request.Text("name") ?? username, username, new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero).AddDays(-500));
    }

    static IResult? BadType(JsonObject request) =>
        request.Text("type") is { } type && !UnipileAccountEndpoints.Types.Contains(type) ? Controls.Bad($"type is one of {string.Join(", ", UnipileAccountEndpoints.Types)}.") : null;

    static IResult NoAccount(string? id) => TypedResults.Problem($"There is no account {id}. POST /connect or /unipile/dataset makes one.", statusCode: 404, title: "No such account");
}
