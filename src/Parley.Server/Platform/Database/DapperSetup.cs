using System.Data;
using System.Runtime.CompilerServices;
using Dapper;

namespace Parley.Server.Platform.Database;

/// <summary>How rows become records, set up once: snake_case columns, and timestamptz as DateTimeOffset in UTC.</summary>
internal static class DapperSetup
{
    // A module initialiser, so that the CLI, the server and the tests cannot forget it.
#pragma warning disable CA2255 // meant for applications, which this is
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Initialize()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new TimestampHandler());
    }

    sealed class TimestampHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            DateTimeOffset time => time,
            _ => throw new DataException($"{value.GetType()} is no timestamp."),
        };

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.UtcDateTime;
    }
}
