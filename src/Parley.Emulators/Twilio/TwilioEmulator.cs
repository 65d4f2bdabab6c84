using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Emulators.Meta;
using Parley.Emulators.Phone;

namespace Parley.Emulators.Twilio;

/// <summary>What Twilio does: takes messages, tells what becomes of them, passes on what customers write, and knows who said STOP.</summary>
internal sealed class TwilioEmulator(TwilioStore store, PhoneChats phones, Courier courier, TimeProvider time)
{
    static readonly string[] StopWords = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"], StartWords = ["START", "YES", "UNSTOP"], HelpWords = ["HELP", "INFO"];

    readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(15) };
    readonly ConcurrentDictionary<(string Number, string Person), DateTimeOffset> _lastWrote = new();
    readonly ConcurrentDictionary<(string Number, string Person), byte> _optedOut = new();
    readonly List<LedgerEntry> _ledger = [];
    readonly List<Delivery> _held = [];
    readonly Lock _gate = new();
    long _second, _thisSecond;

    public TwilioFaults Faults { get; set; } = new();

    public IReadOnlyList<LedgerEntry> Ledger()
    {
        lock (_gate) return [.. _ledger];
    }

    public void ClearLedger()
    {
        lock (_gate) _ledger.Clear();
    }

    public bool IsOptedOut(string number, string person) => _optedOut.ContainsKey((number, person));

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

    /// <summary>Takes a send: into the list and the ledger. What becomes of it is told by <see cref="Follow"/>.</summary>
    public TwilioMessage Accept(string accountSid, string authToken, TwilioSend send)
    {
        var now = time.GetUtcNow();
        var body = send.Content is null ? send.Body ?? "" : TwilioContent.Fill(send.Content, send.Variables);
        var message = new TwilioMessage(TwilioIds.New(send.MediaUrls.Count > 0 ? "MM" : "SM"), accountSid, send.From, send.To, body, false, "queued", now, [])
        {
            StatusCallback = send.StatusCallback, AuthToken = store.FindNumber(send.From)?.AuthToken ?? authToken,
        };
        store.Add(message);
        lock (_gate) _ledger.Add(new(message.Sid, send.To, send.From, send.Type, body, send.Reference, now, send.Fields));
        return message;
    }

    /// <summary>Its file is fetched, it is shown on the phone, and its statuses are on their way.</summary>
    public void Follow(TwilioMessage message, TwilioSend send) => _ = FollowAsync(message, send);

    async Task FollowAsync(TwilioMessage message, TwilioSend send)
    {
        var isWhatsApp = TwilioIds.IsWhatsApp(message.To);
        var steps = Faults.StatusSequence ?? (isWhatsApp ? ["sent", "delivered", "read"] : ["sent", "delivered"]);
        var code = Faults.FailedCode;
        var isOutside = Faults.EnforceWindow && isWhatsApp && send.Content is null && _lastWrote.TryGetValue((message.From, message.To), out var last) && time.GetUtcNow() - last > TimeSpan.FromHours(24);
        if (isOutside) (steps, code) = (["undelivered"], 63016);
        var files = new List<TwilioFile>();
        foreach (var url in send.MediaUrls)
        {
            if (await FetchAsync(message.Sid, url) is { } file) files.Add(file);
            else (steps, code) = (["failed"], 63019);
        }
        store.Change(message.Sid, kept => kept with { Media = [.. files.Select(file => file.Sid)] });
        if (!steps.Any(step => step is "failed" or "undelivered")) Show(message, send, files);
        if (Faults.ReorderStatuses) steps = [.. steps.Reverse()];
        // Whoever holds the phone says what was read.
        if (phones.IsPlayed(message.From, TwilioIds.Plain(message.To))) steps = [.. steps.Where(step => step != "read")];
        var after = TimeSpan.Zero;
        foreach (var step in steps)
        {
            after += TimeSpan.FromMilliseconds(Faults.StatusDelayMs);
            SendStatus(message, step, step is "failed" or "undelivered" ? code : null, after);
        }
    }

    async Task<TwilioFile?> FetchAsync(string messageSid, string url)
    {
        try
        {
            using var answer = await _http.GetAsync(url);
            return answer.IsSuccessStatusCode ? store.Keep(messageSid, answer.Content.Headers.ContentType?.MediaType ?? "application/octet-stream", await answer.Content.ReadAsByteArrayAsync()) : null;
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or TaskCanceledException or InvalidOperationException or UriFormatException) { return null; }
    }

    void Show(TwilioMessage message, TwilioSend send, List<TwilioFile> files)
    {
        var chat = phones.Of(message.From, TwilioIds.Plain(message.To));
        for (var n = 0; n < files.Count; n++)
        {
            var type = files[n].MimeType.Split('/')[0] is ("image" or "video" or "audio") and var kind ? kind : "document";
            chat.Add(new(0, n == 0 ? message.Sid : $"{message.Sid}~{n}", false, type, new JsonObject { ["id"] = files[n].Sid, ["caption"] = n == 0 ? message.Body : null, ["filename"] = "file" }, message.At, null, "delivered"));
        }
        if (files.Count > 0) return;
        var place = send.Place;
        chat.Add(new(0, message.Sid, false, place is null ? "text" : "location", place ?? new JsonObject { ["body"] = message.Body }, message.At, null, "delivered"));
    }

    /// <summary>A step of a message: into the list, and to who wants to hear it.</summary>
    public void SendStatus(TwilioMessage message, string step, int? code, TimeSpan after)
    {
        var now = time.GetUtcNow();
        store.Change(message.Sid, kept => Rank(step) < Rank(kept.Status) ? kept : kept with { Status = step, ErrorCode = code, UpdatedAt = now, SentAt = kept.SentAt ?? now });
        if (message.StatusCallback is not { } callback || Faults.LoseStatuses) return;
        var fields = new List<KeyValuePair<string, string>>
        {
            new("SmsSid", message.Sid), new("SmsStatus", step), new("MessageStatus", step), new("To", message.To), new("MessageSid", message.Sid), new("AccountSid", message.AccountSid),
            new("From", message.From), new("ApiVersion", "2010-04-01"),
        };
        if (code is { } number) fields.AddRange([new("ErrorCode", number.ToString(CultureInfo.InvariantCulture)), new("ErrorMessage", TwilioErrors.Words(number))]);
        if (TwilioIds.IsWhatsApp(message.To)) fields.AddRange([new("ChannelPrefix", "whatsapp"), new("ChannelInstallSid", "XE00000000000000000000000000000001"), new("ChannelToAddress", TwilioIds.Plain(message.To))]);
        if (step == "read") fields.Add(new("EventType", "READ"));
        var delivery = TwilioWebhooks.Of(callback, message.AuthToken, fields, after);
        for (var i = 0; i < (Faults.DuplicateStatuses ? 2 : 1); i++)
            if (!Faults.HoldStatuses) courier.Send(delivery);
            else lock (_gate) _held.Add(delivery);
    }

    static int Rank(string status) => Array.IndexOf(["queued", "sending", "sent", "delivered", "read", "undelivered", "failed"], status);

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

    /// <summary>A customer writes. The message's SID, and how the first delivery was answered (when waited for).</summary>
    public async Task<(string Sid, int? Status)> SayAsync(TwilioNumber number, JsonObject said, (string MimeType, byte[] Bytes)? file, bool wait)
    {
        var person = Person(said.Text("from")!, number.Channel);
        var now = time.GetUtcNow();
        var sid = said.Text("id") ?? TwilioIds.New(file is null ? "SM" : "MM");
        var kept = file is { } given ? store.Keep(sid, given.MimeType, given.Bytes) : null;
        var text = said.Text("text") ?? said["button"].Text("text") ?? "";
        store.Add(new(sid, number.AccountSid, person, number.Address, text, true, "received", now, kept is null ? [] : [kept.Sid]) { SentAt = now });
        _lastWrote[(number.Address, person)] = now;
        // On WhatsApp, Twilio acts on these words only with Advanced Opt-Out.
        var word = number.Channel != "whatsapp" || Faults.AdvancedOptOut ? Word(text) : null;
        if (word == "STOP") _optedOut[(number.Address, person)] = 0;
        if (word == "START") _optedOut.TryRemove((number.Address, person), out _);

        var chat = phones.Of(number.Address, TwilioIds.Plain(person));
        chat.Add(Bubble(sid, said, text, kept, now));
        if (Faults.Take(left => left.LoseWebhooksNext, (left, n) => left.LoseWebhooksNext = n)) return (sid, null);
        var delivery = TwilioWebhooks.Of(number.WebhookUrl, number.AuthToken, Fields(number, said, sid, person, text, kept, word), TimeSpan.Zero);
        for (var i = 0; i < Faults.DuplicateWebhooks; i++) courier.Send(delivery);
        var first = new TaskCompletionSource<int?>(TaskCreationOptions.RunContinuationsAsynchronously);
        courier.Send(delivery with
        {
            Answered = status =>
            {
                chat.Change(message => message.Id == sid && message.State != "read", message => message with { State = status is >= 200 and <= 299 ? "accepted" : "refused", Status = status });
                first.TrySetResult(status);
            },
        });
        return (sid, wait ? await first.Task : null);
    }

    static string Person(string from, string channel)
    {
        var plain = TwilioIds.Plain(from);
        if (plain.Length > 0 && plain.All(char.IsAsciiDigit)) plain = "+" + plain;
        return channel == "whatsapp" ? "whatsapp:" + plain : plain;
    }

    static string? Word(string text) => text.Trim().ToUpperInvariant() switch
    {
        var word when StopWords.Contains(word) => "STOP",
        var word when StartWords.Contains(word) => "START",
        var word when HelpWords.Contains(word) => "HELP",
        _ => null,
    };

    static PhoneMessage Bubble(string sid, JsonObject said, string text, TwilioFile? file, DateTimeOffset now)
    {
        var type = file is null ? said["location"] is null ? "text" : "location" : file.MimeType.Split('/')[0] is ("image" or "video" or "audio") and var kind ? kind : "document";
        JsonNode? content = type == "location" ? said["location"]!.DeepClone() : file is null ? new JsonObject { ["body"] = text } : new JsonObject { ["id"] = file.Sid, ["caption"] = text, ["filename"] = "file" };
        return new(0, sid, true, type, content, now, said.Text("reply_to"), "sending");
    }

    List<KeyValuePair<string, string>> Fields(TwilioNumber number, JsonObject said, string sid, string person, string text, TwilioFile? file, string? word)
    {
        var isWhatsApp = number.Channel == "whatsapp";
        var fields = new List<KeyValuePair<string, string>>
        {
            new("SmsMessageSid", sid), new("NumMedia", file is null ? "0" : "1"), new("SmsSid", sid), new("SmsStatus", "received"), new("Body", text), new("To", number.Address),
            new("NumSegments", "1"), new("MessageSid", sid), new("AccountSid", number.AccountSid), new("From", person), new("ApiVersion", "2010-04-01"),
        };
        if (file is not null) fields.AddRange([new("MediaContentType0", file.MimeType), new("MediaUrl0", $"{MediaBase}/2010-04-01/Accounts/{number.AccountSid}/Messages/{sid}/Media/{file.Sid}")]);
        if (isWhatsApp)
        {
            fields.AddRange([new("WaId", TwilioIds.Plain(person).TrimStart('+')), new("ReferralNumMedia", "0"), new("MessageType", file is not null ? file.MimeType.Split('/')[0] : said["location"] is not null ? "location" : said["button"] is not null ? "button" : "text")]);
            if (said.Text("name") is { } name) fields.Add(new("ProfileName", name));
        }
        else
        {
            fields.AddRange([new("FromCountry", "US"), new("ToCountry", "US")]);
        }
        if (said["location"] is JsonObject place)
            fields.AddRange([new("Latitude", Number(place["latitude"])), new("Longitude", Number(place["longitude"])), new("Label", place.Text("name") ?? ""), new("Address", place.Text("address") ?? "")]);
        if (said["button"] is JsonObject button) fields.AddRange([new("ButtonText", button.Text("text") ?? ""), new("ButtonPayload", button.Text("payload") ?? "")]);
        if (said.Text("reply_to") is { } answered) fields.AddRange([new("OriginalRepliedMessageSid", answered), new("OriginalRepliedMessageSender", number.Address)]);
        if (word is not null && Faults.AdvancedOptOut) fields.Add(new("OptOutType", word));
        if (said["fields"] is JsonObject more)
            foreach (var (name, value) in more) fields.Add(new(name, value?.ToString() ?? ""));
        return fields;
    }

    /// <summary>Where files are fetched from: our own address, known when we listen.</summary>
    public string MediaBase { get; set; } = "";

    static string Number(JsonNode? value) => value?.ToString() ?? "";
}
