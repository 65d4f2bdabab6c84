using Parley.Server.Platform.Database;

namespace Parley.Server.Jobs;

/// <summary>A piece of later work, claimed by this process until its lease ends.</summary>
internal sealed record Job
{
    public Guid TenantId { get; init; }
    public Guid Id { get; init; }
    public string Type { get; init; } = "";

    /// <summary>What it is about; one open job for each (type, key).</summary>
    public string Key { get; init; } = "";

    /// <summary>This is the n-th try.</summary>
    public int Attempts { get; init; }
    public long Fence { get; init; }
}

/// <summary>Does one type of later work. Doing it twice must be harmless: the database work goes into the outcome, where it
/// happens once and only for the worker that still owns the job.</summary>
internal interface IJobHandler
{
    /// <summary>As stored: never rename one.</summary>
    string Type { get; }

    /// <summary>How many of them a process runs at once, so that long ones leave room for the others.</summary>
    int AtOnce => int.MaxValue;

    /// <summary>How many of those may be one tenant's.</summary>
    int AtOnceOfATenant => AtOnce;

    /// <summary>What is written when a job is given up, however that came about: too many tries, or workers that vanished with it.</summary>
    Func<Change, Task>? GiveUp(Job job) => null;

    /// <summary>An exception counts as <see cref="JobOutcome.Retry"/>. <paramref name="stopping"/> fires when the lease is lost or the process ends.</summary>
    Task<JobOutcome> RunAsync(Job job, CancellationToken stopping);
}

/// <summary>What shall become of a job. The effect is written in the transaction that finishes it.</summary>
internal abstract record JobOutcome(Func<Change, Task>? Effect)
{
    /// <summary>It is done: the job goes.</summary>
    public sealed record Done(Func<Change, Task>? Effect = null) : JobOutcome(Effect);

    /// <summary>It is done for now, and comes again then; <paramref name="Error"/> is kept to be seen.</summary>
    public sealed record Again(DateTimeOffset At, Func<Change, Task>? Effect = null, string? Error = null) : JobOutcome(Effect);

    /// <summary>It did not work: again after a pause that grows, or dead after the last try.</summary>
    /// <param name="Error">A sentence without secrets and contents.</param>
    public sealed record Retry(string Error, Func<Change, Task>? Effect = null) : JobOutcome(Effect);

    /// <summary>Trying again is no use until a person has done something.</summary>
    public sealed record Dead(string Error, Func<Change, Task>? Effect = null) : JobOutcome(Effect);
}
