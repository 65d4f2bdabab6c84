using System.CommandLine;
using System.Runtime.InteropServices;
using Parley.Server.Demo;
using Parley.Server.Hosting;

namespace Parley.Server.Cli;

internal static class ServeCommands
{
    static readonly Option<string?> Urls = new("--urls") { Description = "Where to listen (default http://127.0.0.1:8000)" };

    static readonly Option<bool> Demo = new("--demo") { Description = $"Also play the providers, with conversations to look at; in a folder of its own ({DemoMode.Folder})" };

    public static Command Up()
    {
        var command = new Command("up", "Starts everything and says where it is. Example: parley up --urls http://127.0.0.1:9000, or parley up --demo") { Urls, Demo };
        command.SetAction((parsed, cancellationToken) => ServeAsync(parsed, Role.All, cancellationToken));
        return command;
    }

    public static Command Serve()
    {
        var role = new Option<string>("--role") { Description = "all, web or worker", DefaultValueFactory = _ => "all" };
        role.AcceptOnlyFromAmong("all", "web", "worker");
        var command = new Command("serve", "Runs one node. Example: parley serve --role worker") { Urls, role };
        command.SetAction((parsed, cancellationToken) => ServeAsync(parsed, Enum.Parse<Role>(parsed.GetValue(role)!, ignoreCase: true), cancellationToken));
        return command;
    }

    static async Task<int> ServeAsync(ParseResult parsed, Role role, CancellationToken cancellationToken)
    {
        var isDemo = role == Role.All && parsed.GetValue(Demo);
        // The demo's own folder, unless one is named.
        var folder = isDemo && Environment.GetEnvironmentVariable("PARLEY_DATA") is null or "" ? DemoMode.Folder : null;
        var settings = ParleyCli.Settings(parsed, ("PARLEY_URLS", parsed.GetValue(Urls)), ("PARLEY_DATA", isDemo ? parsed.GetValue(ParleyCli.Data) ?? folder : null));
        if (isDemo) DemoMode.Check(settings);
        // Signals are ours from here on: the product drains before the database stops.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        using var logs = LoggerFactory.Create(logging => ParleyHost.Logs(logging, settings));
        var log = new StartLog(logs.CreateLogger<StartLog>());
        log.Starting();
        await using var running = await Running.StartAsync(settings, beside: false, settings.MigrateAtStart, stopping.Token, log);
        await using var demo = isDemo ? await DemoMode.StartAsync(running, stopping.Token) : null;
        if (!isDemo) await DemoMode.RefuseToPublishAsync(running, stopping.Token);
        var password = isDemo ? null : await FirstRun.EnsureAsync(running.System, stopping.Token);
        if (password is not null)
        {
            // Said as soon as it is true: whatever stops the start from here on, the password is known.
            Console.WriteLine($"Sign in as {FirstRun.Email} with the password {password}");
            Console.WriteLine("This password is shown only now (parley user password makes a new one).");
        }
        await using var app = ParleyHost.Build(settings, running.ConnectionString, running.DirectConnectionString, running.MasterKey, role);
        await app.StartAsync(stopping.Token);
        var address = ParleyHost.Address(app.Services);
        Console.WriteLine($"Parley is ready at {address}");
        if (demo is not null) await demo.ConnectAsync(address, stopping.Token);
        if (settings.InMemory) Console.WriteLine("STORAGE_BACKEND=memory: everything is gone when this ends.");
        try { await Task.Delay(Timeout.Infinite, stopping.Token); }
        catch (OperationCanceledException) { }
        Console.WriteLine("Stopping…");
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(7));
        await app.StopAsync(bound.Token);
        return 0;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopping.Cancel();
        }
    }
}
