using Npgsql;
using NpgsqlTypes;

namespace Parley.Bench;

/// <summary>Writes rows as a restore would, by binary COPY. Foreign keys are not checked: the rows hold together by construction.</summary>
internal sealed class Bulk : IDisposable
{
    readonly NpgsqlConnection _connection;
    readonly HashSet<string> _written = [];

    public Bulk(string superuser)
    {
        _connection = new(superuser + ";Command Timeout=300");
        _connection.Open();
        Execute("set session_replication_role = replica");
    }

    /// <param name="into">The table and its columns.</param>
    public void Copy(string into, int rows, Action<Row, int> write)
    {
        _written.Add(into.Split(' ')[0]);
        using var importer = _connection.BeginBinaryImport($"copy {into} from stdin (format binary)");
        var row = new Row(importer);
        for (var i = 0; i < rows; i++)
        {
            importer.StartRow();
            write(row, i);
        }
        importer.Complete();
    }

    /// <summary>Brings statistics and visibility up to date, so that no autovacuum starts amid what is measured. Only of what was written: statistics that say of a
    /// table that it is empty are worse than none, and no database in use has them.</summary>
    public void Settle()
    {
        foreach (var table in _written) Execute($"vacuum (analyze) {table}");
        Execute("checkpoint");
    }

    void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, _connection);
        command.ExecuteNonQuery();
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>The row being written, column by column.</summary>
    internal sealed class Row(NpgsqlBinaryImporter importer)
    {
        public Row Add(Guid value) { importer.Write(value, NpgsqlDbType.Uuid); return this; }
        public Row Add(string value) { importer.Write(value, NpgsqlDbType.Text); return this; }
        public Row Add(bool value) { importer.Write(value, NpgsqlDbType.Boolean); return this; }
        public Row Add(int value) { importer.Write(value, NpgsqlDbType.Integer); return this; }
        public Row Add(short value) { importer.Write(value, NpgsqlDbType.Smallint); return this; }
        public Row Add(DateTime value) { importer.Write(value, NpgsqlDbType.TimestampTz); return this; }

        public Row Add(string[] value) { importer.Write(value, NpgsqlDbType.Array | NpgsqlDbType.Text); return this; }
        public Row AddJson(string value) { importer.Write(value, NpgsqlDbType.Jsonb); return this; }

        public Row AddOrNull(string? value)
        {
            if (value is not null) return Add(value);
            importer.WriteNull();
            return this;
        }

        public Row Add(DateTime? value)
        {
            if (value is { } present) return Add(present);
            importer.WriteNull();
            return this;
        }
    }
}
