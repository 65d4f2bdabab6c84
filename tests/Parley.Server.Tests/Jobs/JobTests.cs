using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Parley.Server.Feed;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Health;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Jobs;

/// <summary>The store and the worker on a database of their own, with a clock of their own where time matters.</summary>
public sealed class JobTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_job_is_claimed_by_one_worker_and_gone_when_it_is_done()
    {
        var stage = await StageAsync();
        await stage.AddAsync("a");
        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => stage.Store.ClaimAsync(stage.Tenant, ["test"], 5, default)));
        var job = Assert.Single(claims.SelectMany(claim => claim));
        Assert.True(await stage.Store.FinishAsync(job, new JobOutcome.Done(), default));
        Assert.Empty(await stage.Store.ListAsync(stage.Tenant, null, null, null, 10, default));
    }

    [Fact]
    public async Task A_frozen_worker_that_wakes_up_late_changes_nothing()
    {
        var stage = await StageAsync();
        await stage.AddAsync("a");
        var frozen = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
        stage.Time.Skip(JobStore.Lease + TimeSpan.FromSeconds(1));
        Assert.Equal(1, await stage.Store.ReviveAsync(default));
        var mine = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));

        var effects = 0;
        Func<Change, Task> effect = _ => { effects++; return Task.CompletedTask; };
        Assert.False(await stage.Store.RenewAsync(frozen, default));
        Assert.False(await stage.Store.FinishAsync(frozen, new JobOutcome.Done(effect), default));
        Assert.False(await stage.Store.FinishAsync(frozen, new JobOutcome.Dead("late", effect), default));
        Assert.Equal(0, effects);
        Assert.True(await stage.Store.FinishAsync(mine, new JobOutcome.Done(effect), default));
        Assert.Equal(1, effects);
    }

    [Fact]
    public async Task An_effect_that_fails_leaves_the_job_as_it_was()
    {
        var stage = await StageAsync();
        await stage.AddAsync("a");
        var job = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
        await Assert.ThrowsAsync<PostgresException>(() => stage.Store.FinishAsync(job, new JobOutcome.Done(change => change.ExecuteAsync("select 1 / 0", null, default)), default));
        Assert.True(await stage.Store.FinishAsync(job, new JobOutcome.Done(), default));
    }

    [Fact]
    public async Task What_fails_comes_again_after_pauses_that_grow_and_is_dead_after_the_last_try_until_it_is_replayed()
    {
        var stage = await StageAsync();
        await stage.AddAsync("a");
        var pauses = new List<TimeSpan>();
        for (var attempt = 1; attempt <= JobStore.MostAttempts; attempt++)
        {
            var job = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
            Assert.Equal(attempt, job.Attempts);
            await stage.Store.FinishAsync(job, new JobOutcome.Retry("It did not work."), default);
            var row = Assert.Single(await stage.Store.ListAsync(stage.Tenant, null, null, null, 10, default));
            pauses.Add(row.ScheduledAt - stage.Time.GetUtcNow());
            Assert.Empty(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
            stage.Time.Skip(TimeSpan.FromHours(2));
        }
        for (var i = 1; i < 10; i++) Assert.True(pauses[i] > pauses[i - 1], $"pause {i} of {pauses[i]} is no longer than {pauses[i - 1]}");
        var dead = Assert.Single(await stage.Store.ListAsync(stage.Tenant, "dead", null, null, 10, default));
        Assert.Equal("It did not work.", dead.LastError);

        await stage.Store.ReplayAsync(stage.Tenant, dead.Id, default);
        Assert.Equal(1, Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default)).Attempts);
    }

    [Fact]
    public async Task Who_is_given_up_says_so_once_whether_it_failed_or_its_workers_vanished()
    {
        var stage = await StageAsync();
        var told = new List<string>();
        async Task FinishAsync(Job job, JobOutcome outcome) => Assert.True(await stage.Store.FinishAsync(job, outcome, default, _ => { told.Add(job.Key); return Task.CompletedTask; }));
        await stage.AddAsync("fails");
        for (var attempt = 1; attempt <= JobStore.MostAttempts; attempt++)
        {
            Assert.Empty(told);
            await FinishAsync(Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default)), new JobOutcome.Retry("It did not work."));
            stage.Time.Skip(TimeSpan.FromHours(2));
        }
        await stage.AddAsync("no use");
        await FinishAsync(Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default)), new JobOutcome.Dead("It is no use."));
        await stage.AddAsync("vanishes");
        for (var attempt = 1; attempt <= JobStore.MostAttempts; attempt++)
        {
            Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
            stage.Time.Skip(JobStore.Lease + TimeSpan.FromSeconds(1));
            Assert.Equal(1, await stage.Store.ReviveAsync(default));
        }
        // Claimed to be given up.
        var last = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
        Assert.True(last.Attempts > JobStore.MostAttempts);
        await FinishAsync(last, new JobOutcome.Retry(JobStore.Vanished));
        Assert.Equal(["fails", "no use", "vanishes"], told);
        Assert.Equal(3, (await stage.Store.ListAsync(stage.Tenant, "dead", null, null, 10, default)).Count);
    }

    [Fact]
    public async Task Adding_a_job_that_waits_already_brings_it_forward_and_makes_no_second_one()
    {
        var stage = await StageAsync();
        await stage.AddAsync("a", TimeSpan.FromHours(1));
        await stage.AddAsync("a");
        await stage.AddAsync("a", TimeSpan.FromHours(2));
        Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 5, default));
        Assert.Empty(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 5, default));
    }

    [Fact]
    public async Task A_job_that_is_asked_for_while_it_runs_runs_once_more()
    {
        var stage = await StageAsync();
        await stage.AddAsync("a");
        var job = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
        await stage.AddAsync("a");
        Assert.True(await stage.Store.FinishAsync(job, new JobOutcome.Done(), default));
        var again = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
        Assert.True(await stage.Store.FinishAsync(again, new JobOutcome.Done(), default));
        Assert.Empty(await stage.Store.ListAsync(stage.Tenant, null, null, null, 10, default));
    }

    [Fact]
    public async Task A_job_that_is_asked_for_while_its_end_is_being_written_runs_once_more()
    {
        var stage = await StageAsync();
        await stage.AddAsync("a");
        var job = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
        Task<bool>? finishing = null;
        await stage.AddAsync("a", before: async () =>
        {
            finishing = stage.Store.FinishAsync(job, new JobOutcome.Done(), default);
            await Eventually.Async(stage.WaitingAsync, waiting => waiting > 0, "the end waits for whoever asks");
        });
        Assert.True(await finishing!);
        Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
    }

    [Fact]
    public async Task A_job_that_is_given_back_loses_no_try_and_one_of_another_worker_cannot_be_given_back()
    {
        var stage = await StageAsync();
        await stage.AddAsync("a");
        var first = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
        await stage.Store.ReleaseAsync(first, default);
        var second = Assert.Single(await stage.Store.ClaimAsync(stage.Tenant, ["test"], 1, default));
        Assert.Equal(1, second.Attempts);
        await stage.Store.ReleaseAsync(first, default);
        Assert.True(await stage.Store.RenewAsync(second, default));
    }

    [Fact]
    public async Task A_tenant_with_a_thousand_slow_jobs_does_not_keep_another_waiting()
    {
        var stage = await StageAsync();
        var other = await stage.NewTenantAsync();
        for (var i = 0; i < 100; i++) await stage.AddAsync($"slow {i}");
        var release = new TaskCompletionSource();
        var served = new TaskCompletionSource();
        var handler = new Handler(async job =>
        {
            if (job.TenantId == other) served.TrySetResult();
            else await release.Task;
            return new JobOutcome.Done();
        });
        var (worker, news) = stage.Worker(handler);
        await worker.StartAsync(default);
        await Eventually.Async(() => Task.FromResult(handler.Running), running => running > 0, "slow jobs run");
        await stage.AddAsync("quick", tenant: other);
        news.Publish();
        await served.Task.WaitAsync(TimeSpan.FromSeconds(10));
        release.SetResult();
        await worker.StopAsync(default);
    }

    [Fact]
    public async Task What_comes_in_its_thousands_does_not_hold_up_what_people_wait_for_nor_another_tenants()
    {
        var stage = await StageAsync();
        var other = await stage.NewTenantAsync();
        for (var i = 0; i < 50; i++) await stage.AddAsync($"file {i}", type: "files");
        var (release, quick, others) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        var files = new Handler(async job =>
        {
            if (job.TenantId == other) others.TrySetResult();
            else await release.Task;
            return new JobOutcome.Done();
        }, "files") { AtOnce = 10, AtOnceOfATenant = 6 };
        var (worker, news) = stage.Worker(files, new Handler(_ =>
        {
            quick.TrySetResult();
            return Task.FromResult<JobOutcome>(new JobOutcome.Done());
        }));
        await worker.StartAsync(default);
        await Eventually.Async(() => Task.FromResult(files.Running), running => running == 6, "a tenant has its share");
        await stage.AddAsync("chat");
        await stage.AddAsync("file", tenant: other, type: "files");
        news.Publish();
        await Task.WhenAll(quick.Task, others.Task).WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(7, files.Running);   // six of the one, one of the other
        release.SetResult();
        await worker.StopAsync(default);
    }

    [Fact]
    public async Task Files_have_slots_of_their_own()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var files = app.Get<IEnumerable<IJobHandler>>().Single(handler => handler.Type == Server.Media.FetchMedia.JobType);
        Assert.InRange(files.AtOnce, files.AtOnceOfATenant + 1, 16);
    }

    [Fact]
    public async Task A_handler_that_throws_does_not_stop_the_worker()
    {
        var stage = await StageAsync();
        await stage.AddAsync("bad");
        await stage.AddAsync("good");
        var good = new TaskCompletionSource();
        var (worker, _) = stage.Worker(new Handler(job =>
        {
            if (job.Key == "bad") throw new InvalidOperationException("secret");
            good.TrySetResult();
            return Task.FromResult<JobOutcome>(new JobOutcome.Done());
        }));
        await worker.StartAsync(default);
        await good.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var row = await Eventually.Async(async () => (await stage.Store.ListAsync(stage.Tenant, "waiting", null, null, 10, default)).SingleOrDefault(), row => row?.LastError is not null, "the failure is noted");
        Assert.DoesNotContain("secret", row!.LastError);
        await worker.StopAsync(default);
    }

    async Task<Stage> StageAsync()
    {
        var source = NpgsqlDataSource.Create(await fixture.CloneDatabaseAsync());
        var stage = new Stage(source, new StandingClock());
        stage.Tenant = await stage.NewTenantAsync();
        return stage;
    }

    sealed class Stage(NpgsqlDataSource source, StandingClock time)
    {
        readonly SystemDatabase _system = new(source, new FeedNews(), time);
        readonly TenantDatabase _tenants = new(source, new FeedNews(), time);

        public StandingClock Time => time;
        public JobStore Store => new(_system, _tenants, time);
        public Guid Tenant { get; set; }

        public Task<Guid> NewTenantAsync() => new Tenants.TenantStore(_system).CreateAsync("Jobs", default);

        public Task AddAsync(string key, TimeSpan after = default, Guid? tenant = null, string type = "test", Func<Task>? before = null) => _tenants.ChangeAsync(tenant ?? Tenant, async change =>
        {
            await JobStore.AddAsync(change, tenant ?? Tenant, type, key, change.Now + after, default);
            if (before is not null) await before();   // it is committed
            return true;
        }, default);

        /// <summary>How many statements wait for a lock.</summary>
        public async Task<int> WaitingAsync()
        {
            await using var command = source.CreateCommand("select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
            return (int)(await command.ExecuteScalarAsync())!;
        }

        public (JobWorker Worker, JobNews News) Worker(params IJobHandler[] handlers)
        {
            var news = new JobNews();
            return (new(Store, handlers, news, new Heartbeats(TimeProvider.System), TimeProvider.System, NullLogger<JobWorker>.Instance), news);
        }
    }

    sealed class Handler(Func<Job, Task<JobOutcome>> run, string type = "test") : IJobHandler
    {
        int _running;
        public int Running => _running;
        public string Type => type;
        public int AtOnce { get; init; } = int.MaxValue;
        public int AtOnceOfATenant { get; init; } = int.MaxValue;

        public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
        {
            Interlocked.Increment(ref _running);
            return await run(job);
        }
    }
}
