using System.Globalization;
using System.Text;

namespace Parley.Emulators.Twilio;

/// <summary>Twilio's REST: messages, their files, content templates. Any account sees all: who steers need not say which is which.</summary>
internal static class TwilioEndpoints
{
    const string Account = "/twilio/2010-04-01/Accounts/{account}";
    static int _underWay;

    public static void MapTwilio(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Account + "/Messages.json", Create).DisableAntiforgery();
        routes.MapGet(Account + "/Messages.json", List);
        routes.MapGet(Account + "/Messages/{sid}.json", Show);
        routes.MapGet(Account + "/Messages/{sid}/Media.json", ListFiles);
        routes.MapGet(Account + "/Messages/{sid}/Media/{file}", Fetch);
        routes.MapGet("/twilio/store/{file}", Store);
        routes.MapGet("/twilio/v1/Content", Contents);
        routes.MapGet("/twilio/v1/ContentAndApprovals", Contents);
    }

    /// <summary>The auth token; null when there is none, or it is refused.</summary>
    static string? Token(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out var length)) return null;
        return Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [{ Length: > 0 } user, { Length: > 0 } token] && user != "bad" && token != "bad" ? token : null;
    }

    static async Task<IResult> Create(string account, HttpContext http, TwilioEmulator twilio)
    {
        var faults = twilio.Faults;
        if (Token(http.Request) is not { } token) return TwilioErrors.Answer(401, 20003);
        if (faults.Take(left => left.DropBeforeNext, (left, n) => left.DropBeforeNext = n)) return Cut(http);
        var now = Interlocked.Increment(ref _underWay);
        try
        {
            if (faults.LatencyMs > 0) await Task.Delay(faults.LatencyMs, http.RequestAborted);
            if (faults.Take(left => left.FailNext, (left, n) => left.FailNext = n)) return faults.Code == 0 ? TwilioErrors.Gateway(faults.Status) : TwilioErrors.Answer(faults.Status, faults.Code);
            if (faults.ConcurrencyLimit > 0 && now > faults.ConcurrencyLimit || !twilio.WithinRate()) return TwilioErrors.Answer(429, 20429);
            if (!http.Request.HasFormContentType) return TwilioErrors.Answer(400, 21602);
            var (send, code) = TwilioSend.Read(await http.Request.ReadFormAsync(http.RequestAborted), twilio);
            if (send is null) return TwilioErrors.Answer(400, code);

            var message = twilio.Accept(account, token, send);
            twilio.Follow(message, send);
            if (faults.StatusesFirst) await Task.Delay(faults.StatusDelayMs * 4 + 50, http.RequestAborted);
            if (faults.Take(left => left.LoseAnswerNext, (left, n) => left.LoseAnswerNext = n)) return Cut(http);
            if (faults.Take(left => left.HangNext, (left, n) => left.HangNext = n))
            {
                try { await Task.Delay(Timeout.Infinite, http.RequestAborted); }
                catch (OperationCanceledException) { }
                return Results.Empty;
            }
            return Results.Json(ToJson(message), statusCode: 201);
        }
        finally { Interlocked.Decrement(ref _underWay); }
    }

    static IResult Cut(HttpContext http)
    {
        http.Abort();
        return Results.Empty;
    }

    // The newest first; days are Greenwich's; what is not sent yet has no day.
    static IResult List(string account, HttpRequest request, TwilioStore store, TwilioEmulator twilio)
    {
        if (Token(request) is null) return TwilioErrors.Answer(401, 20003);
        if (twilio.Faults.Take(left => left.ListFailNext, (left, n) => left.ListFailNext = n)) return TwilioErrors.Answer(503, 20503);
        var query = request.Query;
        var (to, from) = (query["To"].ToString(), query["From"].ToString());
        var (on, since, until) = (Day(query["DateSent"]), Day(query["DateSent>"]), Day(query["DateSent<"]));
        var size = int.TryParse(query["PageSize"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Clamp(asked, 1, 1000) : 50;
        var page = int.TryParse(query["Page"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        // Messages that come while somebody turns pages must not shift them.
        var token = query["PageToken"].ToString();
        var all = store.List(message => (to.Length == 0 || message.To == to) && (from.Length == 0 || message.From == from)
            && (on is null || message.SentAt?.UtcDateTime.Date == on) && (since is null || message.SentAt?.UtcDateTime.Date >= since) && (until is null || message.SentAt?.UtcDateTime.Date <= until));
        var start = token.Length == 0 ? 0 : all.TakeWhile(message => message.Sid != token[2..]).Count() + 1;
        var items = all.Skip(start).Take(size).ToList();
        var self = $"/2010-04-01/Accounts/{account}/Messages.json?{string.Join('&', query.Where(pair => pair.Key is not ("Page" or "PageToken" or "PageSize")).Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value.ToString())}").Append($"PageSize={size}"))}";
        return Results.Json(new
        {
            messages = items.Select(ToJson), page, page_size = size, start = page * size, end = page * size + Math.Max(0, items.Count - 1), uri = $"{self}&Page={page}", first_page_uri = $"{self}&Page=0",
            next_page_uri = start + items.Count < all.Count ? $"{self}&Page={page + 1}&PageToken=PA{items[^1].Sid}" : null, previous_page_uri = (string?)null,
        });
    }

    static DateTime? Day(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at.UtcDateTime.Date : null;

    static IResult Show(string sid, HttpRequest request, TwilioStore store) =>
        Token(request) is null ? TwilioErrors.Answer(401, 20003)
        : store.Find(sid) is { } message ? Results.Json(ToJson(message))
        : TwilioErrors.Missing(request.Path);

    static IResult ListFiles(string account, string sid, HttpRequest request, TwilioStore store)
    {
        if (Token(request) is null) return TwilioErrors.Answer(401, 20003);
        if (store.Find(sid) is not { } message) return TwilioErrors.Missing(request.Path);
        return Results.Json(new
        {
            media_list = message.Media.Select(store.FindFile).OfType<TwilioFile>().Select(file => new
            {
                sid = file.Sid, account_sid = account, parent_sid = sid, content_type = file.MimeType, date_created = Date(message.At), date_updated = Date(message.At),
                uri = $"/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{file.Sid}.json",
            }),
            page = 0, page_size = 50, next_page_uri = (string?)null,
        });
    }

    // Another host has the bytes, and must not see the access.
    static IResult Fetch(string sid, string file, HttpRequest request, TwilioStore store, TwilioEmulator twilio)
    {
        if (Token(request) is null) return TwilioErrors.Answer(401, 20003);
        if (twilio.Faults.Take(left => left.MediaMissingNext, (left, n) => left.MediaMissingNext = n) || store.FindFile(file) is not { } found || found.MessageSid != sid) return TwilioErrors.Missing(request.Path);
        var other = request.Host.Host == "127.0.0.1" ? "localhost" : request.Host.Host;
        return Results.Redirect($"{request.Scheme}://{other}:{request.Host.Port ?? 80}/twilio/store/{file}", permanent: false, preserveMethod: true);
    }

    static IResult Store(string file, HttpRequest request, TwilioStore store) =>
        request.Headers.Authorization.Count > 0 ? Results.StatusCode(400)
        : store.FindFile(file) is { } found ? Results.File(found.Bytes, found.MimeType)
        : Results.NotFound();

    static IResult Contents(HttpRequest request) =>
        Token(request) is null ? TwilioErrors.Answer(401, 20003)
        : Results.Json(new { meta = new { page = 0, page_size = 100, key = "contents", next_page_url = (string?)null }, contents = TwilioContent.All.Select(content => content.ToJson()) });

    static string? Date(DateTimeOffset? at) => at?.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);

    static object ToJson(TwilioMessage message) => new
    {
        sid = message.Sid, account_sid = message.AccountSid, api_version = "2010-04-01", body = message.Body, date_created = Date(message.At), date_updated = Date(message.UpdatedAt), date_sent = Date(message.SentAt),
        direction = message.IsInbound ? "inbound" : "outbound-api", error_code = message.ErrorCode, error_message = message.ErrorCode is { } code ? TwilioErrors.Words(code) : null,
        from = message.From, to = message.To, messaging_service_sid = (string?)null, num_media = message.Media.Count.ToString(CultureInfo.InvariantCulture), num_segments = "1",
        price = (string?)null, price_unit = (string?)null, status = message.Status,
        subresource_uris = new { media = $"/2010-04-01/Accounts/{message.AccountSid}/Messages/{message.Sid}/Media.json" },
        uri = $"/2010-04-01/Accounts/{message.AccountSid}/Messages/{message.Sid}.json",
    };
}
