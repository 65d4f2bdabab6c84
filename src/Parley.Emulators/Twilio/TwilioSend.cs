using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Parley.Emulators.Twilio;

/// <summary>A request to send, as its form says it.</summary>
internal sealed record TwilioSend(string To, string From, string? Body, IReadOnlyList<string> MediaUrls, TwilioContent? Content, JsonObject Variables, string? StatusCallback, string? Action, JsonObject Fields)
{
    const int LongestBody = 1600;
    const int MostFiles = 10;

    static readonly Dictionary<string, int> MagicTo = new() { ["+15005550001"] = 21211, ["+15005550002"] = 21612, ["+15005550003"] = 21408, ["+15005550004"] = 21610, ["+15005550009"] = 21614 };
    static readonly Dictionary<string, int> MagicFrom = new() { ["+15005550001"] = 21212, ["+15005550007"] = 21606, ["+15005550008"] = 21611 };

    public string Type => Content is not null ? "template" : MediaUrls.Count > 0 ? "media" : Action?.StartsWith("geo:", StringComparison.Ordinal) is true ? "location" : "text";

    /// <summary>Our own word in the address of the callback.</summary>
    public string? Reference => StatusCallback is { } url && Uri.TryCreate(url, UriKind.Absolute, out var address) && QueryHelpers.ParseQuery(address.Query).TryGetValue("reference", out var reference) ? reference.ToString() : null;

    public JsonObject? Place
    {
        get
        {
            if (Type != "location" || Action![4..].Split('|', 2) is not [var at, .. var label] || at.Split(',') is not [var latitude, var longitude]) return null;
            return double.TryParse(latitude, CultureInfo.InvariantCulture, out var north) && double.TryParse(longitude, CultureInfo.InvariantCulture, out var east)
                ? new JsonObject { ["latitude"] = north, ["longitude"] = east, ["name"] = label.FirstOrDefault() } : null;
        }
    }

    /// <summary>The send, or the error's number.</summary>
    public static (TwilioSend? Send, int Code) Read(IFormCollection form, TwilioEmulator twilio)
    {
        var (to, from) = (form["To"].ToString(), form["From"].ToString());
        if (to.Length == 0) return (null, 21604);
        if (from.Length == 0) return (null, 21603);
        if (MagicFrom.TryGetValue(TwilioIds.Plain(from), out var sender)) return (null, sender);
        if (TwilioIds.IsWhatsApp(to) != TwilioIds.IsWhatsApp(from)) return (null, 21910);
        if (MagicTo.TryGetValue(TwilioIds.Plain(to), out var recipient)) return (null, recipient);
        if (!IsPerson(TwilioIds.Plain(to), TwilioIds.IsWhatsApp(to))) return (null, 21211);
        if (twilio.Faults.RejectRecipients.TryGetValue(to, out var refused) || twilio.Faults.RejectRecipients.TryGetValue(TwilioIds.Plain(to), out refused)) return (null, refused);
        var body = form["Body"].ToString();
        string[] files = [.. form["MediaUrl"].OfType<string>()];
        if (body.Length == 0 && files.Length == 0 && form["ContentSid"].Count == 0) return (null, 21602);
        if (body.Length > LongestBody) return (null, 21617);
        if (files.Length > MostFiles) return (null, 21623);
        if (files.Any(url => !IsAddress(url))) return (null, 21620);
        if (form["StatusCallback"].ToString() is { Length: > 0 } callback && !IsAddress(callback)) return (null, 21609);
        JsonObject variables = [];
        try { if (form["ContentVariables"].ToString() is { Length: > 0 } json) variables = JsonNode.Parse(json)!.AsObject(); }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException) { return (null, 21656); }
        TwilioContent? content = null;
        if (form["ContentSid"].ToString() is { Length: > 0 } sid)
        {
            if ((content = TwilioContent.Find(sid)) is null) return (null, 63027);
            if (content.Variables.Any(name => variables[name] is null)) return (null, 63028);
        }
        if (twilio.IsOptedOut(from, to)) return (null, 21610);
        var fields = new JsonObject();
        foreach (var (name, values) in form) fields[name] = values.Count == 1 ? values[0] : new JsonArray([.. values.Select(value => (JsonNode?)value)]);
        return (new(to, from, body, files, content, variables, form["StatusCallback"].FirstOrDefault(), form["PersistentAction"].FirstOrDefault(), fields), 0);
    }

    static bool IsPerson(string plain, bool isWhatsApp) =>
        plain is ['+', ..] && plain.Length is >= 8 and <= 16 && plain[1..].All(char.IsAsciiDigit) || isWhatsApp && plain.Length > 3 && plain[2] == '.' && char.IsAsciiLetterUpper(plain[0]);

    static bool IsAddress(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";
}

/// <summary>A content template.</summary>
internal sealed record TwilioContent(string Sid, string Name, string Language, string Body, string Status)
{
    public static IReadOnlyList<TwilioContent> All { get; } =
    [
        new("HX00000000000000000000000000000001", "order_shipped", "en", "Hello {{1}}, your order {{2}} is on its way.", "approved"),
        new("HX00000000000000000000000000000002", "pedido_enviado", "pt_BR", "Olá {{1}}, seu pedido {{2}} está a caminho.", "approved"),
        new("HX00000000000000000000000000000003", "summer_sale", "en", "Dear {{1}}, everything is cheaper today.", "rejected"),
    ];

    public static TwilioContent? Find(string sid) => All.FirstOrDefault(content => content.Sid == sid);

    public IReadOnlyList<string> Variables => [.. Enumerable.Range(1, 9).Select(n => n.ToString(CultureInfo.InvariantCulture)).Where(name => Body.Contains($"{{{{{name}}}}}", StringComparison.Ordinal))];

    public static string Fill(TwilioContent content, JsonObject variables) =>
        content.Variables.Aggregate(content.Body, (text, name) => text.Replace($"{{{{{name}}}}}", variables[name]?.ToString() ?? ""));

    public object ToJson() => new
    {
        sid = Sid, account_sid = TwilioIds.AnyAccount, friendly_name = Name, language = Language, variables = Variables.ToDictionary(name => name, name => ""),
        types = new Dictionary<string, object> { ["twilio/text"] = new { body = Body } },
        approval_requests = new { status = Status, name = Name, category = "UTILITY", content_type = "twilio/text", rejection_reason = Status == "rejected" ? "INVALID_FORMAT" : "" },
    };
}
