using System.CommandLine;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Jobs;
using Parley.Server.Sync;
using Spectre.Console;

namespace Parley.Server.Cli;

/// <summary>Asks the running product to read accounts from their providers, and watches.</summary>
internal static class SyncCommand
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    static readonly string[] Providers = [.. ChannelCatalog.Create(ChannelHttp.Create(), TimeProvider.System).All.OfType<IReadHistory>().Select(channel => channel.Provider)];

    public static Command Create()
    {
        var tenant = TenantCommands.TenantOption();
        var account = new Option<Guid?>("--integration") { Description = "Only this account; without it, all of the tenant" };
        var full = new Option<bool>("--full") { Description = "Read everything again, not only what is newer" };
        var command = new Command("sync", "Reads what providers keep of the connected accounts. Example: parley sync --tenant ID --full") { tenant, account, full };
        command.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            var id = parsed.GetValue(tenant);
            var accounts = await running.Tenants.ListAsync<Account>(id, "select id, name from integrations where tenant_id = @tenant and status = 'active' and provider = any (@providers) and (@only::uuid is null or id = @only) order by id",
                new { only = parsed.GetValue(account), providers = Providers }, cancellationToken);
            if (accounts.Count == 0) throw new CommandException("That tenant has no such account whose provider keeps history.");
            var store = new AccountSyncStore(running.Tenants);
            var requests = new SyncRequests(store, new JobNews(), TimeProvider.System);
            var rows = new List<(Account Account, AccountSyncRow Row)>();
            await AnsiConsole.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn()).StartAsync(async progress =>
            {
                foreach (var one in accounts)
                {
                    var run = await requests.RequestAsync(id, one.Id, parsed.GetValue(full), cancellationToken);
                    var bar = progress.AddTask(Markup.Escape(one.Name));
                    rows.Add((one, await WatchAsync(store, id, one, run, bar, cancellationToken)));
                }
            });
            foreach (var (one, row) in rows)
            {
                Console.WriteLine($"{one.Name}: {row.ChatsListed:N0} chats, {row.ChatsDone:N0} of them read, {row.MessagesCreated:N0} new messages, {row.ChatsWithErrors:N0} chats with errors{(row.StoppedBy is { } words ? $". It stopped: {words}" : "")}");
                foreach (var error in SyncView.ReadErrors(row).Take(10)) Console.WriteLine($"  {error.ChatId}: {error.Words}");
            }
            return rows.Exists(row => row.Row.State == "failed") ? 1 : 0;
        }, cancellationToken));
        return command;
    }

    static async Task<AccountSyncRow> WatchAsync(AccountSyncStore store, Guid tenant, Account account, long run, ProgressTask bar, CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var row = (await store.FindAsync(tenant, account.Id, cancellationToken))!;
            if (row.Run < run && TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new CommandException("Nobody takes it up: the accounts are read by a running Parley (parley up, or parley serve --role worker). It is due when one starts.");
            if (row.Run >= run)
            {
                bar.MaxValue = Math.Max(1, row.ChatsToSync);
                bar.Value = row.ChatsDone;
                bar.Description = $"{Markup.Escape(account.Name)} ({row.MessagesFetched:N0} messages)";
                if (row.State is "done" or "failed")
                {
                    bar.Value = bar.MaxValue;
                    return row;
                }
            }
            await Task.Delay(250, cancellationToken);
        }
    }

    sealed class Account
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
    }
}
