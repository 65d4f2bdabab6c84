using System.CommandLine;
using System.Text.Json;

namespace Parley.Server.Cli;

/// <summary>Removes what nobody will look at again.</summary>
internal static class CleanupCommand
{
    const int AtOnce = 5000;

    public static Command Create()
    {
        var failed = new Option<int>("--failed-jobs") { Description = "Remove jobs that were given up at least so many days ago", DefaultValueFactory = _ => 7 };
        var json = new Option<bool>("--json") { Description = "Print JSON and nothing else" };
        var command = new Command("cleanup", "Removes background work that was given up and that nobody replayed. Examples: parley cleanup · parley cleanup --failed-jobs 30") { failed, json };
        command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var days = parsed.GetValue(failed);
            if (days is < 0 or > 36500) throw new CommandException("--failed-jobs takes a number of days, from 0 to 36500.");
            var before = TimeProvider.System.GetUtcNow().AddDays(-days);
            var removed = 0;
            for (var last = AtOnce; last == AtOnce; removed += last)
                last = await running.System.ExecuteAsync("""
                    delete from scheduled_jobs j
                    using (select tenant_id, id from scheduled_jobs where status = 'dead' and updated_at <= @before order by tenant_id, id limit @AtOnce) old
                    where j.tenant_id = old.tenant_id and j.id = old.id and j.status = 'dead'
                    """, new { before, AtOnce }, cancellationToken);
            Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(new { failed_jobs = removed })
                : removed == 0 ? $"No job was given up more than {days} days ago." : $"{removed:N0} jobs that were given up more than {days} days ago are gone.");
            return 0;
        }, cancellationToken));
        return command;
    }
}
