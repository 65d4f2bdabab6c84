using System.CommandLine;
using System.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Platform.Secrets;

namespace Parley.Server.Cli;

internal static class ToolCommands
{
    public static Command Emulators()
    {
        var urls = new Option<string>("--urls") { Description = "Where to listen", DefaultValueFactory = _ => "http://127.0.0.1:8100" };
        var command = new Command("emulators", "Plays the providers, for trying and testing. Example: parley emulators --urls http://127.0.0.1:8100") { urls };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var app = Parley.Emulators.EmulatorApp.Build(parsed.GetValue(urls)!.Split(';'));
            await app.StartAsync(cancellationToken);
            Console.WriteLine($"The emulators are ready at {string.Join(", ", app.Urls)}");
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        });
        return command;
    }

    public static Command Bench()
    {
        var words = new Argument<string[]>("name") { Description = "ingest, feed, send, list, sync, search, bot or policy, and its options", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("bench", "Measures the product against a baseline in the same run. Example: parley bench ingest") { words };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Parley.Bench", "release", "Parley.Bench.dll"));
            if (!File.Exists(program)) throw new CommandException("The load generator is not built. Run it from a checkout: ./parley bench ingest");
            var start = new ProcessStartInfo("dotnet");
            foreach (var word in new[] { program }.Concat(parsed.GetValue(words) ?? []).Concat(parsed.UnmatchedTokens)) start.ArgumentList.Add(word);
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        });
        return command;
    }

    /// <summary>The document that the page's types are made from. Routes are known only to an app that listens; nothing else of
    /// it is started, so no database is needed.</summary>
    public static Command OpenApiDocument()
    {
        var command = new Command("openapi", "Prints the description of the API. Example: parley openapi > web/openapi.json");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var app = ParleyHost.Build(ParleyCli.Settings(parsed, ("PARLEY_URLS", "http://127.0.0.1:0")), "Host=nowhere", null, MasterKey.Of(MasterKey.NewKey()), Role.Web, builder =>
            {
                foreach (var worker in builder.Services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Name != "GenericWebHostService").ToList())
                    builder.Services.Remove(worker);
            });
            await app.StartAsync(cancellationToken);
            using var http = new HttpClient { BaseAddress = new Uri(ParleyHost.Address(app.Services)) };
            Console.WriteLine(await http.GetStringAsync("/openapi/v1.json", cancellationToken));
            return 0;
        });
        return command;
    }

    /// <summary>A script for the shell, which asks parley itself what may come next.</summary>
    public static Command Completion()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Prints a script that completes commands. Example: source <(./parley completion bash)") { shell };
        command.SetAction(parsed => Console.Out.WriteLine(parsed.GetValue(shell) switch
        {
            "bash" => """
                # source <(./parley completion bash), or put it into ~/.bashrc
                _parley() {
                    local line="${COMP_LINE#* }"
                    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$(( COMP_POINT - ${#COMP_WORDS[0]} - 1 ))]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")
                }
                complete -F _parley parley ./parley
                """,
            "zsh" => """
                # source <(./parley completion zsh), or put it into ~/.zshrc
                _parley() {
                    local line="${words[2,-1]}"
                    compadd -- ${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"}
                }
                compdef _parley parley ./parley
                """,
            _ => """
                # ./parley completion fish | source
                function __parley
                    set -l line (string join ' ' (commandline -opc)[2..] (commandline -ct))
                    eval (commandline -opc)[1] "[suggest:"(string length -- "$line")"]" (string escape -- "$line") 2>/dev/null
                end
                complete -c parley -f -a '(__parley)'
                """,
        }));
        return command;
    }

    public static Command Test()
    {
        var command = new Command("test", "Builds and runs every suite; only from a checkout. Example: ./parley test");
        command.SetAction(new Func<System.CommandLine.ParseResult, int>(_ => throw new CommandException("The suites run from a checkout: ./parley test")));
        return command;
    }
}
