using System.Text.Json.Nodes;
using Parley.Server.Automations.Conditions;
using Parley.Server.Automations.Runs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Automations.Triggers;

/// <summary>What automations do happens like anything else, and may start others. Each run knows by whose runs it was caused: one never answers to its own doing, also not through others, and a
/// chain is only so long. And for one contact, or for nobody, each runs only so often: some loops go through somebody else's server.</summary>
internal static class Loops
{
    /// <summary>So many may follow each other.</summary>
    public const int Longest = 5;

    public static async Task<IReadOnlyList<NewRun>> BreakAsync(Change change, CompiledAutomations automations, IReadOnlyList<(CompiledAutomation Automation, Happening Happening)> started, CancellationToken cancellationToken)
    {
        var chains = await ChainsAsync(change, started, cancellationToken);
        var runs = new List<NewRun>();
        foreach (var (automation, happening) in started)
        {
            var line = happening.Line;
            var cause = chains.GetValueOrDefault(CauseOf(line));
            var stopped = Stopped(automation.Id, cause?.Chain ?? [], automations.Names);
            runs.Add(new(automation.Id, automation.Version, happening.Key, happening.Trigger, new JsonObject { ["seq"] = line.Seq, ["label_id"] = happening.Label?.ToString() }, line.ConversationId, line.ContactId, line.MessageId,
                cause?.Chain, cause?.RunId, stopped));
        }
        return runs;
    }

    /// <summary>Why it must not begin; null when it may.</summary>
    /// <param name="chain">By whose runs it would be caused.</param>
    public static string? Stopped(Guid automation, IReadOnlyList<Guid> chain, IReadOnlyDictionary<Guid, string> names) =>
        chain.Contains(automation) ? chain.Count == 1
            ? "It would answer to its own doing."
            : $"It would answer to its own doing: it started {string.Join(", which started ", chain.SkipWhile(one => one != automation).Skip(1).Select(one => names.TryGetValue(one, out var name) ? $"“{name}”" : "another automation"))}, which would start it again."
        : chain.Count >= Longest ? $"{Longest} automations have started each other already: more than that is taken for a loop."
        : null;

    /// <summary>Runs about nobody that begin within a minute, where max_per_minute says no more.</summary>
    public const int UsualAboutNobody = 600;

    public static string TooManyAboutNobody(int most) => $"{most} of its runs have begun for nobody in particular within a minute: more than that is taken for a loop.";

    public static string TooOften(int most) => $"It has run {most} times for this contact within an hour, which is as often as it may.";

    /// <summary>By whose runs something was caused.</summary>
    /// <param name="Chain">Automations, the first first.</param>
    internal sealed record Cause(Guid RunId, IReadOnlyList<Guid> Chain);

    const string Find = "select id, automation_id, chain from automation_runs where tenant_id = @tenant and id = @run";

    public static async Task<Cause?> FindAsync(Change change, Guid run, CancellationToken cancellationToken) => (await change.FindAsync<ChainRow>(Find, new { run }, cancellationToken))?.ToCause();

    public static async Task<Cause?> FindAsync(TenantDatabase database, Guid tenant, Guid run, CancellationToken cancellationToken) => (await database.FindAsync<ChainRow>(tenant, Find, new { run }, cancellationToken))?.ToCause();

    static (Guid? Run, Guid? Message) CauseOf(FeedLine line) => line.RunId is { } run ? (run, null) : line is { IsOfAutomation: true, MessageId: { } message } ? (null, message) : default;

    static async Task<Dictionary<(Guid?, Guid?), Cause>> ChainsAsync(Change change, IReadOnlyList<(CompiledAutomation, Happening Happening)> started, CancellationToken cancellationToken)
    {
        var causes = started.Select(one => CauseOf(one.Happening.Line)).Distinct().ToList();
        var runs = causes.Select(cause => cause.Run).OfType<Guid>().ToArray();
        var messages = causes.Select(cause => cause.Message).OfType<Guid>().ToArray();
        if (runs.Length + messages.Length == 0) return [];
        var rows = await change.ListAsync<ChainRow>("""
            select null::uuid as message_id, r.id, r.automation_id, r.chain from automation_runs r where r.tenant_id = @tenant and r.id = any (@runs)
            union all
            select s.message_id, r.id, r.automation_id, r.chain
            from automation_steps s
            join automation_runs r on r.tenant_id = s.tenant_id and r.id = s.run_id
            where s.tenant_id = @tenant and s.message_id = any (@messages)
            """, new { runs, messages }, cancellationToken);
        return rows.DistinctBy(row => row.Key).ToDictionary(row => row.Key, row => row.ToCause());
    }

    sealed class ChainRow
    {
        public Guid? MessageId { get; init; }
        public Guid Id { get; init; }
        public Guid AutomationId { get; init; }
        public Guid[] Chain { get; init; } = [];

        public (Guid?, Guid?) Key => MessageId is { } message ? (null, message) : (Id, null);

        public Cause ToCause() => new(Id, [.. Chain, AutomationId]);
    }
}
