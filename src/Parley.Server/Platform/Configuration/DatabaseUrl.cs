using Npgsql;

namespace Parley.Server.Platform.Configuration;

/// <summary>postgresql://user:password@host:port/name?sslmode=require, as other tools write it, for Npgsql.</summary>
internal static class DatabaseUrl
{
    /// <exception cref="FormatException">In words, without the password.</exception>
    public static string ToConnectionString(string url)
    {
        var separator = url.IndexOf("://", StringComparison.Ordinal);
        if (separator < 0) throw new FormatException("it does not begin with postgresql://.");
        var scheme = url[..separator].Split('+')[0];   // postgresql+asyncpg
        if (scheme is not ("postgres" or "postgresql")) throw new FormatException($"it begins with {scheme}://, not with postgresql://.");
        if (!Uri.TryCreate("postgresql" + url[separator..], UriKind.Absolute, out var uri)) throw new FormatException("it cannot be read as an address.");
        var builder = new NpgsqlConnectionStringBuilder { Database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')) };
        if (uri.Host.Length > 0) builder.Host = Uri.UnescapeDataString(uri.Host);
        if (uri.Port > 0) builder.Port = uri.Port;
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0) builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) builder.Password = Uri.UnescapeDataString(user[1]);
        if (builder.Database.Length == 0) throw new FormatException("it names no database after the host.");
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            Apply(builder, Uri.UnescapeDataString(parts[0]).ToLowerInvariant(), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }
        return builder.ConnectionString;
    }

    static void Apply(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        switch (name)
        {
            case "sslmode":
                builder.SslMode = value switch
                {
                    "disable" => SslMode.Disable, "allow" => SslMode.Allow, "prefer" => SslMode.Prefer, "require" => SslMode.Require,
                    "verify-ca" => SslMode.VerifyCA, "verify-full" => SslMode.VerifyFull,
                    _ => throw new FormatException($"sslmode={value} is not known."),
                };
                break;
            case "host": builder.Host = value; break;   // a socket folder
            case "application_name": builder.ApplicationName = value; break;
            case "connect_timeout" when int.TryParse(value, out var seconds): builder.Timeout = seconds; break;
            case "options": builder.Options = value; break;
            // Others (schema, pool_size, pgbouncer…) speak to other drivers.
        }
    }
}
