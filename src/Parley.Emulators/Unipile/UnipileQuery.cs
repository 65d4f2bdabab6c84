using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>What a list call asks for: filters and a limit, or a cursor (which holds the filters of the call that gave it) and a limit.</summary>
/// <param name="From">The list goes on after this one.</param>
/// <param name="Before">Exclusive, in milliseconds.</param>
/// <param name="After">Exclusive, too.</param>
internal sealed record UnipileQuery(int Limit, UnipilePosition? From, long? Before, long? After, IReadOnlyList<string> AccountIds, string? AccountType, bool? Unread, string? SenderId, string? Cursor)
{
    public const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    static readonly HashSet<string> Types = ["WHATSAPP", "LINKEDIN", "SLACK", "TWITTER", "MESSENGER", "INSTAGRAM", "TELEGRAM"];

    /// <summary>Where a list begins: the position, and what "before" says.</summary>
    public UnipilePosition? Start => Before is { } before && (From is null || before <= From.Value.At) ? new(before, "") : From;

    public static (UnipileQuery? Query, IResult? Wrong) Read(HttpRequest request)
    {
        var query = request.Query;
        int? limit = null;
        if (query["limit"].ToString() is { Length: > 0 } asked)
        {
            if (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 250) return Wrong("limit must be an integer between 1 and 250.");
            limit = number;
        }
        // The filters beside a cursor are not even looked at.
        if (query["cursor"].ToString() is { Length: > 0 } cursor) return ReadCursor(cursor, limit);

        if (Time(query["before"], out var before) is { } wrongBefore) return Wrong("before " + wrongBefore);
        if (Time(query["after"], out var after) is { } wrongAfter) return Wrong("after " + wrongAfter);
        var type = Given(query["account_type"]);
        if (type is not null && !Types.Contains(type)) return Wrong($"account_type must be one of {string.Join(", ", Types)}.");
        var unread = Given(query["unread"]);
        if (unread is not (null or "true" or "false")) return Wrong("unread must be true or false.");
        return (new(limit ?? 100, null, before, after, Split(Given(query["account_id"])), type, unread is null ? null : unread == "true", Given(query["sender_id"]), null), null);
    }

    /// <summary>The cursor with which the list goes on after this one.</summary>
    public string CursorAfter(UnipilePosition last)
    {
        var filters = new JsonObject { ["limit"] = Limit };
        if (AccountIds.Count > 0) filters["account_id"] = string.Join(',', AccountIds);
        if (AccountType is not null) filters["account_type"] = AccountType;
        if (Unread is not null) filters["unread"] = Unread;
        if (SenderId is not null) filters["sender_id"] = SenderId;
        if (Before is { } before) filters["before"] = Write(before);
        if (After is { } after) filters["after"] = Write(after);
        filters["cursor"] = new JsonObject { ["last_id"] = last.Id, ["last_date"] = last.At is { } at ? Write(at) : null };
        // Base64 of JSON has no + and no / by itself. With these three, each cursor has both: who does not escape it notices at once.
        var json = Encoding.UTF8.GetBytes(filters.ToJsonString()[..^1] + ""","v":">>>???"}""");
        return Convert.ToBase64String(json);
    }

    public static string Write(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>Milliseconds; null when it is not written exactly as it must be.</summary>
    public static long? ReadTime(string? text) =>
        DateTime.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) && time.Year is >= 1000 and <= 2999
            ? new DateTimeOffset(time).ToUnixTimeMilliseconds()
            : null;

    static (UnipileQuery?, IResult?) ReadCursor(string cursor, int? limit)
    {
        try
        {
            var json = JsonNode.Parse(Convert.FromBase64String(cursor));
            if (json.Member("cursor") is not JsonObject place || place.Text("last_id") is not { } lastId || json.Number("limit") is not { } own) return Wrong("cursor is not one of this list.");
            var position = new UnipilePosition(ReadTime(place.Text("last_date")), lastId);
            return (new(limit ?? (int)own, position, ReadTime(json.Text("before")), ReadTime(json.Text("after")), Split(json.Text("account_id")), json.Text("account_type"),
                json.Member("unread") is null ? null : json.Flag("unread"), json.Text("sender_id"), cursor), null);
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException) { return Wrong("cursor is not valid base64."); }
    }

    static string? Time(Microsoft.Extensions.Primitives.StringValues given, out long? milliseconds)
    {
        milliseconds = null;
        if (Given(given) is not { } text) return null;
        milliseconds = ReadTime(text);
        return milliseconds is null ? "must be an ISO 8601 UTC datetime with milliseconds (YYYY-MM-DDTHH:MM:SS.sssZ)." : null;
    }

    static string? Given(Microsoft.Extensions.Primitives.StringValues value) => value.ToString() is { Length: > 0 } text ? text : null;

    static string[] Split(string? list) => list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    static (UnipileQuery?, IResult?) Wrong(string detail) => (null, UnipileErrors.Invalid(detail));
}
