using Npgsql;
using NpgsqlTypes;

namespace Parley.Server.Platform.Database;

/// <summary>Parameters of set-based statements: a column of many rows is one array.</summary>
internal static class Arrays
{
    public static NpgsqlParameter Time(DateTimeOffset at) => new() { Value = at.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter Uuids<T>(IReadOnlyList<T> rows, Func<T, Guid> value) => Column(rows, value, NpgsqlDbType.Uuid);

    public static NpgsqlParameter Texts<T>(IReadOnlyList<T> rows, Func<T, string?> value) => Column(rows, value, NpgsqlDbType.Text);

    public static NpgsqlParameter Times<T>(IReadOnlyList<T> rows, Func<T, DateTimeOffset> value) => Column(rows, row => value(row).UtcDateTime, NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter TimesOrNull<T>(IReadOnlyList<T> rows, Func<T, DateTimeOffset?> value) => Column(rows, row => value(row)?.UtcDateTime, NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Booleans<T>(IReadOnlyList<T> rows, Func<T, bool> value) => Column(rows, value, NpgsqlDbType.Boolean);

    public static NpgsqlParameter Column<TRow, TValue>(IReadOnlyList<TRow> rows, Func<TRow, TValue> value, NpgsqlDbType type)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(rows[i]);
        return new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
