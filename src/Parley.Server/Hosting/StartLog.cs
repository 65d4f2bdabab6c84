namespace Parley.Server.Hosting;

/// <summary>What is logged before the product itself has a log: the lines that scripts of the earlier Instagram service wait for.</summary>
internal sealed partial class StartLog(ILogger logger)
{
    public void Starting() => Log.Starting(logger);

    public void Initializing() => Log.Initializing(logger);

    public void Initialized() => Log.Initialized(logger);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Starting up application...")]
        public static partial void Starting(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, Message = "Initializing database tables...")]
        public static partial void Initializing(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, Message = "Database tables initialized successfully")]
        public static partial void Initialized(ILogger logger);
    }
}
