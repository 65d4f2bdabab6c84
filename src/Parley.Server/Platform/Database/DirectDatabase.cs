using Npgsql;

namespace Parley.Server.Platform.Database;

/// <summary>Connections that are surely our own (not a transaction-mode pooler's): for LISTEN and migrations.</summary>
internal sealed record DirectDatabase(NpgsqlDataSource Source);
