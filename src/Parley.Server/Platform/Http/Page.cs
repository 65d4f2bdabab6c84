using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Parley.Server.Platform.Http;

/// <summary>One page of a list.</summary>
/// <param name="NextCursor">Give it back as ?cursor= for the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    /// <summary>From rows of which one more than <paramref name="limit"/> was asked for, so that the last page is known to be the last.</summary>
    public static Page<T> Of(IReadOnlyList<T> rows, int limit, Func<T, Cursor> position) =>
        rows.Count > limit ? new([.. rows.Take(limit)], position(rows[limit - 1]).ToString()) : new(rows, null);
}

/// <summary>A place in a list sorted by (time, id): opaque to callers, who may only give it back.</summary>
public readonly record struct Cursor(DateTimeOffset At, Guid Id)
{
    public override string ToString() => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks}.{Id:N}")));

    /// <summary>False for anything that <see cref="ToString"/> did not make.</summary>
    public static bool TryParse(string? text, out Cursor cursor)
    {
        cursor = default;
        if (text is null || text.Length > 100 || !Base64Url.IsValid(text)) return false;
        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split('.');
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || ticks > DateTime.MaxValue.Ticks
            || !Guid.TryParseExact(parts[1], "N", out var id)) return false;
        cursor = new(new DateTimeOffset(ticks, TimeSpan.Zero), id);
        return true;
    }
}

/// <summary>Which page of a list: 1 to 200 items, 50 when not said.</summary>
/// <param name="After">The place that the last page ended at.</param>
internal readonly record struct PageQuery(int Size, Cursor? After)
{
    public const int Default = 50;
    public const int Most = 200;

    /// <summary>Null when limit and cursor are right; otherwise the answer that says what is wrong.</summary>
    public static ValidationProblem? Read(int? limit, string? cursor, out PageQuery page)
    {
        page = default;
        if (limit is < 1 or > Most) return Problems.Invalid("limit", $"It must be from 1 to {Most}.");
        Cursor after = default;
        if (cursor is not null && !Cursor.TryParse(cursor, out after)) return Problems.Invalid("cursor", "It is not one of this list's cursors.");
        page = new(limit ?? Default, cursor is null ? null : after);
        return null;
    }
}
