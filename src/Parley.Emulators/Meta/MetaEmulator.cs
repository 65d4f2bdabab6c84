using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Parley.Emulators.Phone;

namespace Parley.Emulators.Meta;

/// <summary>A WhatsApp number, and where its webhooks go.</summary>
internal sealed record MetaAccount(string PhoneNumberId, string WebhookUrl, string AppSecret, string WabaId, string Name);

/// <summary>One accepted send.</summary>
public sealed record LedgerEntry(string Id, string To, string From, string Type, string? Text, string? Reference, DateTimeOffset At, JsonNode Body);

/// <summary>The memory of the Meta emulator: accounts, accepted sends, who wrote when.</summary>
internal sealed class MetaEmulator(Courier courier, MetaFiles files, MetaTemplates templates, Phones phones, TimeProvider time)
{
    readonly ConcurrentDictionary<string, MetaAccount> _accounts = new();
    readonly ConcurrentDictionary<(string Number, string Person), DateTimeOffset> _lastWrote = new();
    readonly List<LedgerEntry> _ledger = [];
    readonly List<Delivery> _held = [];
    readonly List<string> _reads = [];
    readonly Lock _gate = new();
    long _second, _thisSecond;

    public Faults Faults { get; set; } = new();

    public void Connect(MetaAccount account) => _accounts[account.PhoneNumberId] = account;

    public MetaAccount? Find(string phoneNumberId) => _accounts.GetValueOrDefault(phoneNumberId);

    public IReadOnlyList<LedgerEntry> Ledger()
    {
        lock (_gate) return [.. _ledger];
    }

    public void ClearLedger()
    {
        lock (_gate) _ledger.Clear();
    }

    /// <summary>Messages that the business has marked as read.</summary>
    public IReadOnlyList<string> Reads()
    {
        lock (_gate) return [.. _reads];
    }

    public void MarkRead(string phoneNumberId, string messageId)
    {
        lock (_gate) _reads.Add(messageId);
    }

    /// <summary>A template was judged: told to one number of each webhook address of the account.</summary>
    public void AnnounceTemplate(string wabaId, JsonObject value)
    {
        foreach (var account in _accounts.Values.Where(account => account.WabaId == wabaId).DistinctBy(account => account.WebhookUrl))
            courier.Send(Sign(account, Encoding.ASCII.GetBytes(new JsonObject
            {
                ["object"] = "whatsapp_business_account",
                ["entry"] = new JsonArray(new JsonObject
                {
                    ["id"] = wabaId, ["time"] = time.GetUtcNow().ToUnixTimeSeconds(),
                    ["changes"] = new JsonArray(new JsonObject { ["field"] = "message_template_status_update", ["value"] = value.DeepClone() }),
                }),
            }.ToJsonString()), TimeSpan.Zero));
    }

    public static string NewId() => "wamid." + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));

    /// <summary>Null when the address answered the challenge, otherwise a sentence.</summary>
    public static async Task<string?> VerifyAsync(MetaAccount account, string token, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var challenge = RandomNumberGenerator.GetInt32(100_000_000, 999_999_999).ToString();
        try
        {
            using var response = await http.GetAsync($"{account.WebhookUrl}?hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={Uri.EscapeDataString(token)}", cancellationToken);
            return response.IsSuccessStatusCode && await response.Content.ReadAsStringAsync(cancellationToken) == challenge ? null : $"It answered {(int)response.StatusCode}, not 200 with the challenge.";
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return "Nothing answers there.";
        }
    }

    /// <summary>True when one more send in this second is within the configured limit.</summary>
    public bool WithinRate()
    {
        if (Faults.RateLimitPerSecond == 0) return true;
        lock (_gate)
        {
            var now = time.GetUtcNow().ToUnixTimeSeconds();
            if (now != _second) (_second, _thisSecond) = (now, 0);
            return ++_thisSecond <= Faults.RateLimitPerSecond;
        }
    }

    /// <summary>Accepts a send: into the ledger, and its statuses on their way.</summary>
    public LedgerEntry Accept(string phoneNumberId, string to, JsonObject body)
    {
        var type = (string?)body["type"] ?? "text";
        var entry = new LedgerEntry(NewId(), to, phoneNumberId, type, (string?)body["text"]?["body"], (string?)body["biz_opaque_callback_data"], time.GetUtcNow(), body);
        lock (_gate) _ledger.Add(entry);
        if (type != "reaction") phones.Add(phoneNumberId, to.TrimStart('+'), new(entry.Id, mine: false, entry.At, templates.Shown(body)));
        else if (phones.Find(phoneNumberId, to.TrimStart('+'), (string?)body["reaction"]?["message_id"] ?? "") is { } target) target.Reaction = (string?)body["reaction"]?["emoji"];
        if (Find(phoneNumberId) is { } account) SendStatuses(account, entry);
        return entry;
    }

    void SendStatuses(MetaAccount account, LedgerEntry entry)
    {
        var faults = Faults;
        var key = (account.PhoneNumberId, entry.To.TrimStart('+'));
        var outside = faults.EnforceWindow && entry.Type != "template" && _lastWrote.TryGetValue(key, out var last) && time.GetUtcNow() - last > TimeSpan.FromHours(24);
        var steps = outside ? ["failed"] : faults.StatusSequence;
        if (phones.IsOpen(account.PhoneNumberId, entry.To.TrimStart('+'))) steps = [.. steps.Where(step => step != "read")];   // the person reads it when they look
        if (faults.ReorderStatuses) steps = [.. steps.Reverse()];
        var code = outside ? 131047 : faults.FailedCode;
        var after = TimeSpan.Zero;
        foreach (var step in steps)
        {
            after += TimeSpan.FromMilliseconds(faults.StatusDelayMs);
            var status = Status(entry.Id, step, entry.To.TrimStart('+'), entry.Reference);
            if (step == "failed") status["errors"] = new JsonArray(MetaErrors.Body(code));
            var delivery = Sign(account, Envelope(account, new JsonObject { ["statuses"] = new JsonArray(status) }), after);
            for (var i = 0; i < (faults.DuplicateStatuses ? 2 : 1); i++) Send(delivery, faults.HoldStatuses);
        }
    }

    JsonObject Status(string id, string step, string person, string? reference)
    {
        var status = new JsonObject { ["id"] = id, ["status"] = step, ["timestamp"] = time.GetUtcNow().ToUnixTimeSeconds().ToString(), ["recipient_id"] = person };
        if (reference is not null) status["biz_opaque_callback_data"] = reference;
        return status;
    }

    /// <summary>The customer looks at the phone: the business sees blue ticks.</summary>
    public void ReadByCustomer(string number, string person)
    {
        if (Find(number) is not { } account) return;
        foreach (var message in phones.Read(number, person))
            Send(Sign(account, Envelope(account, new JsonObject { ["statuses"] = new JsonArray(Status(message.Id, "read", person, (string?)message.Body["biz_opaque_callback_data"])) }), TimeSpan.Zero), Faults.HoldStatuses);
    }

    public IReadOnlyList<object> Numbers() => [.. _accounts.Values.OrderBy(account => account.PhoneNumberId, StringComparer.Ordinal).Select(account => new { number = account.PhoneNumberId, name = account.Name })];

    void Send(Delivery delivery, bool hold)
    {
        if (!hold) courier.Send(delivery);
        else lock (_gate) _held.Add(delivery);
    }

    /// <summary>Sends held statuses; how many.</summary>
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

    /// <summary>A customer writes. The message's id, and how the first delivery was answered (when waited for).</summary>
    public async Task<(string Id, int? Status)> SayAsync(MetaAccount account, JsonObject said, bool wait)
    {
        var from = ((string)said["from"]!).TrimStart('+');
        var now = time.GetUtcNow();
        var message = said["message"]?.DeepClone() as JsonObject ?? [];
        message["id"] ??= (string?)said["id"] ?? NewId();
        message["from"] ??= from;
        message["timestamp"] ??= (string?)said["timestamp"] ?? now.ToUnixTimeSeconds().ToString();
        message["type"] ??= (string?)said["type"] ?? "text";
        if ((string?)message["type"] == "text") message["text"] ??= new JsonObject { ["body"] = (string?)said["text"] ?? "" };
        if (said["media"] is JsonObject media) message[(string)message["type"]!] = MediaOf(media, (string)message["type"]!);
        if ((string?)said["reply_to"] is { } replyTo) message["context"] = new JsonObject { ["from"] = "15550783881", ["id"] = replyTo };
        _lastWrote[(account.PhoneNumberId, from)] = long.TryParse((string?)message["timestamp"], out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : now;

        var contact = new JsonObject { ["wa_id"] = from };
        if ((string?)said["name"] is { } name) contact["profile"] = new JsonObject { ["name"] = name };
        var id = (string)message["id"]!;
        var heard = Remember(account.PhoneNumberId, from, id, now, message);
        var delivery = Sign(account, Envelope(account, new JsonObject { ["contacts"] = new JsonArray(contact), ["messages"] = new JsonArray(message) }), TimeSpan.Zero);
        for (var i = 0; i < Faults.DuplicateWebhooks; i++) courier.Send(delivery);
        if (!wait)
        {
            courier.Send(delivery);
            return (id, null);
        }
        var delivered = new TaskCompletionSource<int?>(TaskCreationOptions.RunContinuationsAsynchronously);
        courier.Send(delivery with { Delivered = delivered });
        var status = await delivered.Task;
        if (heard is not null) heard.State = status is >= 200 and <= 299 ? "accepted" : "refused";
        return (id, status);
    }

    PhoneMessage? Remember(string number, string person, string id, DateTimeOffset now, JsonObject message)
    {
        if ((string?)message["type"] != "reaction") return phones.Add(number, person, new(id, mine: true, now, message.DeepClone().AsObject()));
        if (phones.Find(number, person, (string?)message["reaction"]?["message_id"] ?? "") is { } target)
            target.Reaction = (string?)message["reaction"]?["emoji"] is { Length: > 0 } emoji ? emoji : null;
        return null;
    }

    JsonObject MediaOf(JsonObject media, string type)
    {
        var file = files.Add((string?)media["mime_type"] ?? "application/octet-stream", Convert.FromBase64String((string?)media["base64"] ?? ""));
        var sent = new JsonObject { ["id"] = file.Id, ["mime_type"] = file.MimeType, ["sha256"] = Convert.ToBase64String(file.Digest) };
        if (media["caption"] is not null && type is "image" or "video" or "document") sent["caption"] = media["caption"]?.DeepClone();
        if (media["file_name"] is not null && type == "document") sent["filename"] = media["file_name"]!.DeepClone();
        if (media["voice"] is not null) sent["voice"] = media["voice"]!.DeepClone();
        return sent;
    }

    static byte[] Envelope(MetaAccount account, JsonObject value)
    {
        value["messaging_product"] = "whatsapp";
        value["metadata"] = new JsonObject { ["display_phone_number"] = "15550783881", ["phone_number_id"] = account.PhoneNumberId };
        // As Meta writes it: everything beyond ASCII escaped. The signature is over these bytes and no others.
        return Encoding.ASCII.GetBytes(new JsonObject
        {
            ["object"] = "whatsapp_business_account",
            ["entry"] = new JsonArray(new JsonObject { ["id"] = account.WabaId, ["changes"] = new JsonArray(new JsonObject { ["value"] = value, ["field"] = "messages" }) }),
        }.ToJsonString());
    }

    static Delivery Sign(MetaAccount account, byte[] body, TimeSpan after) => new(
        account.WebhookUrl, body, "X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(account.AppSecret), body)), after);
}
