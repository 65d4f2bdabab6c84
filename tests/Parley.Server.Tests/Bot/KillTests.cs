using Dapper;
using Npgsql;
using Parley.Server.Hosting;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Bot;

public sealed class KillTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_process_that_is_killed_between_the_models_answer_and_its_commit_neither_repeats_nor_loses_the_answer()
    {
        // A second app on the database takes the webhooks and plays provider and model; the process under test is the only one that works.
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Role.Web);
        var stage = await BotStage.SetAsync(app);
        await using var connection = new NpgsqlConnection(app.ConnectionString);
        await connection.OpenAsync();
        await using var watching = new NpgsqlConnection(app.ConnectionString);   // as the login: a role does not see what others run
        await watching.OpenAsync();
        await using (var first = await ServerProcess.StartAsync(app.ConnectionString))
        {
            await stage.FaultsAsync(new { latency_ms = 1000 });
            await stage.SaysAsync("Will you tell me this once?");
            await Eventually.Async(stage.AskedAsync, asked => asked.Count == 1, "the model is asked", 40);
            // The commit has to wait for the conversation's row, which is held here.
            await using var holding = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("call enter_tenant(@id); select 1 from conversations where tenant_id = @id for update", new { id = stage.Tenant.Id });
            await Eventually.Async(async () => await watching.ExecuteScalarAsync<int>("select count(*)::int from pg_stat_activity where wait_event_type = 'Lock' and query like '%for no key update of c%'"), waiting => waiting > 0, "the answer is about to be committed", 30);
            first.Kill();
        }
        Assert.Empty(await stage.BotMessagesAsync());
        // Nobody waits for the lease to end.
        await using (var clear = await connection.BeginTransactionAsync())
        {
            await connection.ExecuteAsync("call enter_tenant(@id); update scheduled_jobs set lease_until = now() - interval '1 second' where tenant_id = @id and status = 'running'", new { id = stage.Tenant.Id });
            await clear.CommitAsync();
        }
        await using (await ServerProcess.StartAsync(app.ConnectionString))
        {
            await stage.AnsweredAsync(seconds: 60);
            await stage.QuietAsync();
            await Eventually.Async(app.LedgerAsync, ledger => ledger.Count == 1, "the provider has it", 40);
        }
        Assert.Single(await stage.BotMessagesAsync());
        Assert.Equal(2, (await stage.AskedAsync()).Count);
    }
}
