using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>Somebody who wants to be told.</summary>
/// <param name="Accounts">Null means all, also later ones.</param>
internal sealed record UnipileWebhook(string Id, string Url, string Source, IReadOnlyList<string> Events, IReadOnlyList<string>? Accounts, IReadOnlyList<(string Key, string Value)> Headers, string? Name, string Format, bool IsEnabled)
{
    /// <summary>Which members to send, and under which names; empty means all.</summary>
    public IReadOnlyList<(string Name, string Key)> Data { get; init; } = [];

    /// <summary>Made by POST /connect: it is in no list of webhooks.</summary>
    public bool IsOurs { get; init; }

    public bool Hears(string source, string what, string accountId) => IsEnabled && Source == source && Events.Contains(what) && Accounts?.Contains(accountId) is not false;
}

/// <summary>Who is told what, and how it is written.</summary>
internal sealed class UnipileWebhooks(UnipileGate gate, Courier courier)
{
    /// <summary>What can be asked for, by source; the first is what is sent to who names none.</summary>
    public static IReadOnlyDictionary<string, string[]> Sources { get; } = new Dictionary<string, string[]>
    {
        ["messaging"] = ["message_received", "message_read", "message_reaction", "message_edited", "message_deleted", "message_delivered"],
        ["account_status"] = ["creation_success", "creation_fail", "deleted", "reconnected", "sync_success", "stopped", "ok", "connecting", "error", "credentials", "permissions"],
        ["users"] = ["new_relation"],
        ["email"] = ["mail_received", "mail_sent"],
        ["email_tracking"] = ["mail_opened", "mail_link_clicked"],
        ["calendar_event"] = ["calendar_event_created", "calendar_event_updated", "calendar_event_deleted"],
    };

    static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    readonly List<UnipileWebhook> _hooks = [];
    readonly List<Delivery> _held = [];
    readonly Lock _gate = new();
    int _sent;

    public IReadOnlyList<UnipileWebhook> List()
    {
        lock (_gate) return [.. _hooks.Where(hook => !hook.IsOurs)];
    }

    public void Add(UnipileWebhook hook)
    {
        lock (_gate) _hooks.Add(hook);
    }

    public bool Delete(string id)
    {
        lock (_gate) return _hooks.RemoveAll(hook => hook.Id == id && !hook.IsOurs) > 0;
    }

    /// <summary>Tells this address of everything about this account; an earlier address of the account is forgotten.</summary>
    public void Connect(string accountId, string url, string secret)
    {
        lock (_gate)
        {
            _hooks.RemoveAll(hook => hook.IsOurs && hook.Accounts!.Contains(accountId));
            foreach (var source in new[] { "messaging", "account_status" })
                _hooks.Add(new($"connect_{source}_{accountId}", url, source, Sources[source], [accountId], [("Unipile-Auth", secret)], "connect", "json", true) { IsOurs = true });
        }
    }

    /// <summary>Whether anybody hears of messages of this account.</summary>
    public bool IsHeard(string accountId)
    {
        lock (_gate) return _hooks.Exists(hook => hook.Hears("messaging", "message_received", accountId));
    }

    public async Task<int?> SendMessageAsync(string happened, UnipileMessage message, JsonObject? more = null, JsonObject? overrule = null, TimeSpan after = default, Action<int?>? answered = null)
    {
        var payload = Payload(happened, message);
        foreach (var (name, value) in more ?? []) payload[name] = value?.DeepClone();
        foreach (var (name, value) in overrule ?? []) payload[name] = value?.DeepClone();
        return await SendAsync("messaging", happened, message.Chat.Account.Id, payload, after, answered);
    }

    public Task SendStatusAsync(UnipileAccount account, string status) =>
        SendAsync("account_status", status.ToLowerInvariant(), account.Id, new() { ["AccountStatus"] = new JsonObject { ["account_id"] = account.Id, ["account_type"] = account.Type, ["message"] = status } }, TimeSpan.Zero);

    /// <summary>Sends what is held back; how many.</summary>
    public int Release()
    {
        List<Delivery> held;
        lock (_gate)
        {
            held = [.. _held];
            _held.Clear();
        }
        foreach (var delivery in held) courier.Send(delivery);
        return held.Count;
    }

    /// <summary>How the first attempt was answered; null when nobody hears of it, or nothing answered.</summary>
    async Task<int?> SendAsync(string source, string what, string accountId, JsonObject payload, TimeSpan after, Action<int?>? answered = null)
    {
        List<UnipileWebhook> hooks;
        // One address is told once: who registered there through the API is also connected, perhaps.
        lock (_gate) hooks = [.. _hooks.Where(hook => hook.Hears(source, what, accountId)).OrderBy(hook => hook.IsOurs).DistinctBy(hook => hook.IsOurs ? hook.Url : hook.Id)];
        var told = hooks.Where(hook => !hook.IsOurs).Select(hook => hook.Url).ToHashSet();
        var answers = new List<Task<int?>>();
        foreach (var hook in hooks)
            if (!hook.IsOurs || !told.Contains(hook.Url)) answers.Add(DeliverAsync(hook, payload, after, answered));
        int? first = null;
        foreach (var answer in answers) first ??= await answer;
        return first;
    }

    Task<int?> DeliverAsync(UnipileWebhook hook, JsonObject payload, TimeSpan after, Action<int?>? answered = null)
    {
        var faults = gate.Faults;
        if (faults.Take(now => now.DropWebhooksNext, (now, left) => now.DropWebhooksNext = left)) return Task.FromResult<int?>(null);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            // The body is JSON all the same, unless somebody asks for a form.
            ["Content-Type"] = "application/x-www-form-urlencoded", ["User-Agent"] = "axios/1.7.7", ["Accept"] = "application/json, text/plain, */*",
        };
        foreach (var (key, value) in hook.Headers) headers[key] = value;
        var rules = new DeliveryRules([.. faults.RetryPausesMs.Select(pause => TimeSpan.FromMilliseconds(pause))], faults.RetryPausesMs.Length, TimeSpan.FromMilliseconds(faults.WebhookTimeoutMs), Only200: true);
        if (faults.ReorderWebhooks && Interlocked.Increment(ref _sent) % 2 == 1) after += TimeSpan.FromMilliseconds(300);
        var delivery = new Delivery(hook.Url, Write(hook, payload), [.. headers.Select(header => (header.Key, header.Value))], after) { Rules = rules };
        for (var i = 0; i < faults.DuplicateWebhooks; i++) Send(delivery, faults.HoldWebhooks);
        var first = new TaskCompletionSource<int?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(delivery with
        {
            Answered = status =>
            {
                answered?.Invoke(status);
                first.TrySetResult(status);
            },
        }, faults.HoldWebhooks);
        return faults.HoldWebhooks ? Task.FromResult<int?>(null) : first.Task;
    }

    void Send(Delivery delivery, bool hold)
    {
        if (!hold) courier.Send(delivery);
        else lock (_gate) _held.Add(delivery);
    }

    static byte[] Write(UnipileWebhook hook, JsonObject payload)
    {
        var body = payload.DeepClone().AsObject();
        if (body.ContainsKey("event")) body["webhook_name"] = hook.Name;
        if (hook.Data.Count > 0)
        {
            var chosen = new JsonObject();
            foreach (var (name, key) in hook.Data) chosen[name] = body[key]?.DeepClone();
            body = chosen;
        }
        return Encoding.UTF8.GetBytes(hook.Format == "form"
            ? string.Join('&', body.Select(member => $"{Uri.EscapeDataString(member.Key)}={Uri.EscapeDataString(member.Value.AsText() ?? member.Value?.ToJsonString(Writing) ?? "")}"))
            : body.ToJsonString(Writing));
    }

    // Flat, and with other types than REST: is_sender and is_group are booleans here.
    JsonObject Payload(string happened, UnipileMessage message)
    {
        var (chat, account) = (message.Chat, message.Chat.Account);
        return new()
        {
            ["event"] = happened, ["account_id"] = account.Id, ["account_type"] = account.Type,
            ["account_info"] = new JsonObject { ["type"] = account.Type, ["feature"] = "classic", ["user_id"] = account.Owner.ProviderId },
            ["webhook_name"] = null, ["chat_id"] = chat.Id, ["provider_chat_id"] = chat.ProviderId, ["message_id"] = message.Id, ["provider_message_id"] = message.ProviderId,
            ["timestamp"] = UnipileQuery.Write(message.At), ["message"] = message.Text, ["subject"] = null, ["is_sender"] = message.IsSender,
            ["is_event"] = message.EventType is null ? 0 : 1, ["event_type"] = message.EventType, ["is_group"] = chat.Type != 0, ["chat_pinned"] = chat.State.Pinned ? 1 : 0,
            ["message_type"] = "MESSAGE", ["chat_content_type"] = null, ["folder"] = new JsonArray([.. chat.State.Folders.Select(folder => (JsonNode)folder)]),
            ["sender"] = UnipileJson.Attendee(message.Sender, account),
            // In a chat of two the other one, whoever wrote.
            ["attendees"] = new JsonArray([.. chat.People.Select(person => (JsonNode)UnipileJson.Attendee(person, account))]),
            ["attachments"] = Attachments(message), ["quoted"] = Member(message, "quoted"), ["reply_to"] = Member(message, "reply_to"), ["is_forwarded"] = message.IsForwarded ? true : null,
        };
    }

    JsonNode Attachments(UnipileMessage message)
    {
        var written = UnipileJson.JsonOf(json =>
        {
            json.WriteStartObject();
            UnipileJson.Attachments(json, "attachments"u8, message);
            json.WriteEndObject();
        })["attachments"]!.AsArray();
        if (!gate.Faults.OldWebhookTypes) return written.DeepClone();
        foreach (var one in written.OfType<JsonObject>())
        {
            foreach (var name in new[] { "sticker", "unavailable", "gif", "voice_note" })
                if (one[name] is { } flag) one[name] = flag.ToJsonString();
            if (one["size"] is JsonObject size)
                foreach (var name in new[] { "width", "height" }) size[name] = size[name]!.ToJsonString();
        }
        return written.Count == 1 ? written[0]!.DeepClone() : written.DeepClone();
    }

    static JsonNode? Member(UnipileMessage message, string name) =>
        message.Quoted is null ? null : UnipileJson.JsonOf(json => UnipileJson.Message(json, message))[name]?.DeepClone();
}
