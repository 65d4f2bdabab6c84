using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;
using Parley.Server.Platform.Database;

namespace Parley.Server.Platform.Secrets;

/// <summary>Data Protection's keys, in the database, each wrapped whole by the master key.</summary>
internal sealed class KeyRing(NpgsqlDataSource source, MasterKey master, TimeProvider time) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = source.OpenConnection();
        using var command = new NpgsqlCommand("call enter_system(); select xml from data_protection_keys order by created_at, id", connection);
        using var rows = command.ExecuteReader();
        var elements = new List<XElement>();
        while (rows.Read()) elements.Add(XElement.Parse(Encoding.UTF8.GetString(master.Unwrap(Convert.FromBase64String(rows.GetString(0))))));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        // After a rotation a node that still runs with the old master key must not add a ring key that nobody could open.
        GetAllElements();
        var wrapped = Convert.ToBase64String(master.Wrap(Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting))));
        using var connection = source.OpenConnection();
        using var command = new NpgsqlCommand("call enter_system(); insert into data_protection_keys (id, xml, created_at) values (@id, @xml, @now) on conflict (id) do nothing", connection);
        command.Parameters.AddWithValue("id", friendlyName);
        command.Parameters.AddWithValue("xml", wrapped);
        command.Parameters.AddWithValue("now", time.GetUtcNow().UtcDateTime);
        command.ExecuteNonQuery();
    }
}

/// <summary>What happens to the ring as a whole, outside the product's running.</summary>
internal static class KeyRingAdministration
{
    public static async Task<bool> ExistsAsync(SystemDatabase database, CancellationToken cancellationToken) =>
        await database.FindAsync<bool>("select exists (select 1 from data_protection_keys)", null, cancellationToken);

    /// <summary>Throws <see cref="MasterKeyException"/> unless the key opens every stored one.</summary>
    public static async Task CheckAsync(SystemDatabase database, MasterKey master, CancellationToken cancellationToken)
    {
        foreach (var row in await ListAsync(database, cancellationToken)) master.Unwrap(Convert.FromBase64String(row.Xml));
    }

    /// <summary>Wraps the ring anew. The new key is in a file before the database changes, and the old one stays until after:
    /// stopped at any line, the next start finds the key that fits.</summary>
    public static async Task<int> RotateAsync(SystemDatabase database, MasterKey present, string dataFolder, CancellationToken cancellationToken)
    {
        var path = MasterKey.PathIn(dataFolder);
        var key = MasterKey.NewKey();
        MasterKey.Write(path + ".new", key);
        var next = MasterKey.Of(key);
        var count = await database.ChangeAsync(async change =>
        {
            var rows = await change.ListAsync<Row>("select id, xml from data_protection_keys order by id for update", null, cancellationToken);
            foreach (var row in rows)
                await change.ExecuteAsync("update data_protection_keys set xml = @xml where id = @Id",
                    new { row.Id, xml = Convert.ToBase64String(next.Wrap(present.Unwrap(Convert.FromBase64String(row.Xml)))) }, cancellationToken);
            return rows.Count;
        }, cancellationToken);
        if (File.Exists(path)) File.Move(path, path + ".old", overwrite: true);
        File.Move(path + ".new", path);
        File.Delete(path + ".old");
        return count;
    }

    static Task<IReadOnlyList<Row>> ListAsync(SystemDatabase database, CancellationToken cancellationToken) =>
        database.ListAsync<Row>("select id, xml from data_protection_keys order by id", null, cancellationToken);

    sealed class Row
    {
        public string Id { get; init; } = "";
        public string Xml { get; init; } = "";
    }
}
