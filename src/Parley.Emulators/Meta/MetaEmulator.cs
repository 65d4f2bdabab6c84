using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Parley.Emulators.Phone;

namespace Parley.Emulators.Meta;

/// <summary>One accepted send.</summary>
public sealed record LedgerEntry(string Id, string To, string From, string Type, string? Text, string? Reference, DateTimeOffset At, JsonNode Body);

/// <summary>One mark-as-read: a customer's message, and whether the business showed that it is typing.</summary>
public sealed record ReadEntry(string MessageId, string From, bool Typing, DateTimeOffset At);

/// <summary>The memory of the Meta emulator: accepted sends, who wrote when.</summary>
internal sealed class MetaEmulator(MetaAccounts accounts, MetaMedia media, PhoneChats phones, Courier courier, TimeProvider time)
{
    readonly ConcurrentDictionary<(string Number, string Person), DateTimeOffset> _lastWrote = new();
    readonly List<LedgerEntry> _ledger = [];
    readonly List<ReadEntry> _reads = [];
    readonly List<Delivery> _held = [];
    readonly Lock _gate = new();
    long _second, _thisSecond;

    public MetaFaults Faults { get; set; } = new();

    public MetaAccount? Find(string phoneNumberId) => accounts.Find(phoneNumberId);

    public string WabaOf(string phoneNumberId) => accounts.Find(phoneNumberId)?.WabaId ?? MetaAccounts.AnyWaba;

    public IReadOnlyList<LedgerEntry> Ledger()
    {
        lock (_gate) return [.. _ledger];
    }

    public IReadOnlyList<ReadEntry> Reads()
    {
        lock (_gate) return [.. _reads];
    }

    public void ClearLedger()
    {
        lock (_gate)
        {
            _ledger.Clear();
            _reads.Clear();
        }
    }

    public void MarkAsRead(string phoneNumberId, string messageId, bool typing)
    {
        lock (_gate) _reads.Add(new(messageId, phoneNumberId, typing, time.GetUtcNow()));
        phones.ReadByBusiness(phoneNumberId, messageId, typing);
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
    public LedgerEntry Accept(string phoneNumberId, string to, JsonObject body, MetaTemplate? template)
    {
        var type = (string?)body["type"] ?? "text";
        var entry = new LedgerEntry(NewId(), to, phoneNumberId, type, (string?)body["text"]?["body"], (string?)body["biz_opaque_callback_data"], time.GetUtcNow(), body);
        lock (_gate) _ledger.Add(entry);
        if (Find(phoneNumberId) is not { } account) return entry;
        var (steps, code) = StepsOf(account, entry);
        if (!steps.Contains("failed")) phones.BusinessWrote(entry, template);
        SendStatuses(account, entry, steps, code);
        return entry;
    }

    (string[] Steps, int FailedCode) StepsOf(MetaAccount account, LedgerEntry entry)
    {
        var key = (account.PhoneNumberId, entry.To.TrimStart('+'));
        var outside = Faults.EnforceWindow && entry.Type != "template" && _lastWrote.TryGetValue(key, out var last) && time.GetUtcNow() - last > TimeSpan.FromHours(24);
        return outside ? (["failed"], 131047) : (Faults.StatusSequence, Faults.FailedCode);
    }

    void SendStatuses(MetaAccount account, LedgerEntry entry, string[] steps, int failedCode)
    {
        var faults = Faults;
        if (faults.ReorderStatuses) steps = [.. steps.Reverse()];
        // Whoever holds the phone says what was read.
        if (phones.IsPlayed(account.PhoneNumberId, entry.To)) steps = [.. steps.Where(step => step != "read")];
        var after = TimeSpan.Zero;
        foreach (var step in steps)
        {
            after += TimeSpan.FromMilliseconds(faults.StatusDelayMs);
            SendStatus(account, entry.To, entry.Id, entry.Reference, step, failedCode, after);
        }
    }

    /// <summary>A phone shows the message to its owner. Not before the message was delivered there.</summary>
    public void SendRead(MetaAccount account, string to, string id, string? reference) =>
        SendStatus(account, to, id, reference, "read", Faults.FailedCode, TimeSpan.FromMilliseconds(3 * Faults.StatusDelayMs));

    void SendStatus(MetaAccount account, string to, string id, string? reference, string step, int failedCode, TimeSpan after)
    {
        var status = new JsonObject
        {
            ["id"] = id, ["status"] = step, ["timestamp"] = time.GetUtcNow().ToUnixTimeSeconds().ToString(), ["recipient_id"] = to.TrimStart('+'),
        };
        if (reference is not null) status["biz_opaque_callback_data"] = reference;
        if (step == "failed") status["errors"] = new JsonArray(MetaErrors.Body(failedCode));
        var delivery = MetaWebhooks.OfNumber(account, new JsonObject { ["statuses"] = new JsonArray(status) }, after);
        for (var i = 0; i < (Faults.DuplicateStatuses ? 2 : 1); i++) Send(delivery, Faults.HoldStatuses);
    }

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

    /// <summary>Puts the file that a customer is about to send under the key of its type; null, or why it cannot be sent.</summary>
    public string? Attach(JsonObject said)
    {
        if (said["media"] is null) return null;
        if (said.Text("type") is not { } type || !MetaMediaRules.Types.Contains(type)) return $"media needs a type: {string.Join(", ", MetaMediaRules.Types)}.";
        var bytes = new byte[said["media"].Text("base64")?.Length ?? 0];
        // (An empty file is one that people send, too.)
        if (said["media"].Text("base64") is not { } base64 || !Convert.TryFromBase64String(base64, bytes, out var length)) return "media.base64 is missing, or is not base64.";
        if (said["media"].Text("mime_type") is not { Length: > 0 } mimeType) return "media.mime_type is missing.";
        said[type] = Attach(type, mimeType, bytes[..length], said["media"].Text("file_name"), said["media"].Text("caption"), said["media"].Flag("voice"));
        return null;
    }

    /// <summary>Keeps a customer's file; what their message says of it.</summary>
    public JsonObject Attach(string type, string mimeType, byte[] bytes, string? fileName, string? caption, bool isVoice)
    {
        var content = MetaMediaEndpoints.Describe(media.Add(null, mimeType, bytes), Faults);
        if (type == "document") content["filename"] = fileName ?? "file";
        if (type is "image" or "video" or "document" && !string.IsNullOrEmpty(caption)) content["caption"] = caption;
        if (type == "audio") content["voice"] = isVoice;
        if (type == "sticker") content["animated"] = false;
        return content;
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
        var type = message.Text("type")!;
        if (type != "text" && said[type] is { } content) message[type] ??= content.DeepClone();
        if (type == "text") message["text"] ??= new JsonObject { ["body"] = (string?)said["text"] ?? "" };
        if ((string?)said["reply_to"] is { } replyTo) message["context"] = new JsonObject { ["from"] = account.DisplayNumber, ["id"] = replyTo };
        _lastWrote[(account.PhoneNumberId, from)] = long.TryParse((string?)message["timestamp"], out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : now;

        var contact = new JsonObject { ["wa_id"] = from };
        if ((string?)said["name"] is { } name) contact["profile"] = new JsonObject { ["name"] = name };
        var id = (string)message["id"]!;
        var delivery = MetaWebhooks.OfNumber(account, new JsonObject { ["contacts"] = new JsonArray(contact), ["messages"] = new JsonArray(message) }, TimeSpan.Zero);
        phones.CustomerWrote(account.PhoneNumberId, from, message);
        for (var i = 0; i < Faults.DuplicateWebhooks; i++) courier.Send(delivery);
        var first = new TaskCompletionSource<int?>(TaskCreationOptions.RunContinuationsAsynchronously);
        courier.Send(delivery with
        {
            Answered = status =>
            {
                phones.Answered(account.PhoneNumberId, from, id, status);
                first.TrySetResult(status);
            },
        });
        return (id, wait ? await first.Task : null);
    }
}
