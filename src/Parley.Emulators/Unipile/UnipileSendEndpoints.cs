namespace Parley.Emulators.Unipile;

/// <summary>Sending into a chat, and starting one.</summary>
internal static class UnipileSendEndpoints
{
    public static void MapUnipileSends(this IEndpointRouteBuilder api)
    {
        api.MapPost("/chats/{chat_id}/messages", Send).DisableAntiforgery();
        api.MapPost("/chats", Start).DisableAntiforgery();
    }

    static async Task<IResult> Send(string chat_id, HttpRequest request, UnipileStore store, UnipileEmulator unipile, UnipileGate gate)
    {
        var (form, wrong) = await UnipileForm.ReadAsync(request);
        if (form is null) return wrong!;
        if (store.FindChat(chat_id, form.Text("account_id")) is not { } chat) return UnipileErrors.NotFound("Chat");
        if (form.Text("account_id") is { } account && account != chat.Account.Id) return UnipileErrors.Answer("account_mismatch", "The chat belongs to another account.");
        if (form.Text("text") is null && form.Files.Count == 0) return UnipileErrors.Answer("missing_parameters", "text or attachments is required.");
        if (Refuse(form, chat.Account, chat.People.Select(person => person.ProviderId), gate) is { } refused) return refused;
        if (chat.State.ReadOnly != 0) return UnipileErrors.Answer("cant_send_message", "The chat is read-only.");
        UnipileMessage? quoted = null;
        if (form.Text("quote_id") is { } quoteId && (quoted = store.FindMessage(quoteId)?.Message) is null) return UnipileErrors.NotFound("Quoted message");
        var (id, echoed) = unipile.Accept(chat, form, quoted, startsChat: false);
        return await AnswerAsync("MessageSent", null, id, echoed, gate);
    }

    static async Task<IResult> Start(HttpRequest request, UnipileStore store, UnipileEmulator unipile, UnipileGate gate)
    {
        var (form, wrong) = await UnipileForm.ReadAsync(request);
        if (form is null) return wrong!;
        if (form.Text("account_id") is not { } accountId) return UnipileErrors.Answer("missing_parameters", "account_id is required.");
        if (store.FindAccount(accountId) is not { } account) return UnipileErrors.NotFound("Account");
        var people = (form.Fields.GetValueOrDefault("attendees_ids") ?? []).Where(id => id.Length > 0).Select(id => UnipileEmulator.ProviderIdOf(account, id)).Distinct().ToList();
        if (people.Count == 0) return UnipileErrors.Answer("missing_parameters", "attendees_ids is required.");
        if (people.Any(id => id.StartsWith("nobody", StringComparison.Ordinal))) return UnipileErrors.Answer("invalid_recipient");
        if (Refuse(form, account, people, gate) is { } refused) return refused;
        // One chat with one person, whoever began it.
        var chat = (people is [var only] ? account.FindChatWith(only) : null) ?? unipile.Start(account, people, people.Count > 1 ? form.Text("subject") ?? form.Text("title") : null).Chat;
        if (form.Text("text") is null && form.Files.Count == 0) return UnipileAnswer.Tagged("ChatStarted", 201, ("chat_id", chat.Id), ("message_id", null));
        var (id, echoed) = unipile.Accept(chat, form, null, startsChat: true);
        return await AnswerAsync("ChatStarted", chat.Id, id, echoed, gate);
    }

    static IResult? Refuse(UnipileForm form, UnipileAccount account, IEnumerable<string> people, UnipileGate gate)
    {
        if (!account.IsOk) return UnipileErrors.Disconnected();
        if (gate.Faults.MaxText > 0 && form.Text("text")?.Length > gate.Faults.MaxText) return UnipileErrors.Answer("too_many_characters");
        foreach (var person in people)
            if (gate.Faults.RejectRecipients.TryGetValue(person, out var slug)) return UnipileErrors.Answer(slug);
        return null;
    }

    static async Task<IResult> AnswerAsync(string tag, string? chatId, string? id, Task echoed, UnipileGate gate)
    {
        var faults = gate.Faults;
        if (faults.AnswerDelayMs > 0) await Task.Delay(faults.AnswerDelayMs);
        // An echo that is refused for ever keeps nobody waiting.
        if (faults.MessageId == "late") await Task.WhenAny(echoed, Task.Delay(TimeSpan.FromSeconds(10)));
        object? told = faults.MessageId switch { "null" => null, "array" => id is null ? null : new[] { id }, _ => id };
        return chatId is null ? UnipileAnswer.Tagged(tag, 201, ("message_id", told)) : UnipileAnswer.Tagged(tag, 201, ("chat_id", faults.MessageId == "null" ? null : chatId), ("message_id", told));
    }
}
