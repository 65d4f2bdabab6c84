using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Database;

namespace Parley.Server.Automations.Conditions;

/// <summary>An automation made ready to be asked.</summary>
/// <param name="SinceSeq">What happened up to there is none of its business.</param>
internal sealed record CompiledAutomation(Guid Id, string Name, int Version, string Trigger, JsonObject Config, long SinceSeq, AutomationOptions Options, bool IsAll, Condition[] Conditions)
{
    public Guid? LabelId { get; } = Config.Id("label_id");

    /// <summary>False as well where a pattern took too long to tell: <see cref="Facts.IsCut"/>.</summary>
    public bool Holds(Facts facts)
    {
        facts.IsCut = false;
        foreach (var condition in Conditions)
            if (condition.Holds(facts) != IsAll) return !IsAll && !facts.IsCut;
        return (IsAll || Conditions.Length == 0) && !facts.IsCut;
    }

    public static CompiledAutomation Of(Guid id, string name, int version, AutomationTrigger trigger, AutomationConditions? conditions, AutomationOptions? options, long sinceSeq) => new(
        id, name, version, trigger.Type ?? "", trigger.Config ?? [], sinceSeq, options ?? new(), conditions?.Match != "any",
        [.. (conditions?.Items ?? []).Select(item => Condition.Read(item).Condition).OfType<Condition>()]);
}

/// <summary>All active automations of a tenant, by what starts them.</summary>
internal sealed class CompiledAutomations(IReadOnlyCollection<CompiledAutomation> automations)
{
    readonly Dictionary<string, CompiledAutomation[]> _byTrigger = automations.GroupBy(one => one.Trigger).ToDictionary(group => group.Key, group => group.ToArray());

    public int Count => automations.Count;

    /// <summary>One of them asks what labels there are.</summary>
    public bool AsksLabels { get; } = automations.Any(one => one.Conditions.Any(condition => condition.Type == "label"));

    public IReadOnlyDictionary<Guid, string> Names { get; } = automations.ToDictionary(one => one.Id, one => one.Name);

    public IReadOnlyList<CompiledAutomation> For(string trigger) => _byTrigger.GetValueOrDefault(trigger) ?? [];

    public bool Has(string trigger) => _byTrigger.ContainsKey(trigger);

    /// <summary>Those that an event starts.</summary>
    /// <param name="cut">Gets those whose patterns took too long to tell.</param>
    public List<CompiledAutomation> Match(string trigger, Facts facts, long seq = long.MaxValue, Guid? label = null, ISet<Guid>? cut = null)
    {
        var found = new List<CompiledAutomation>();
        foreach (var automation in For(trigger))
        {
            if (automation.SinceSeq >= seq || automation.LabelId is not null && automation.LabelId != label) continue;
            if (automation.Holds(facts)) found.Add(automation);
            else if (facts.IsCut) cut?.Add(automation.Id);
        }
        return found;
    }
}

/// <summary>Keeps them in memory. Whoever changes one counts up the version in the tenant's cursor, which each reader reads with its place in the feed: nobody works with old ones.</summary>
internal sealed class AutomationCache
{
    const int Most = 50_000;   // automations of all tenants

    readonly ConcurrentDictionary<Guid, (long Version, CompiledAutomations Set)> _sets = new();

    public async Task<CompiledAutomations> GetAsync(Change change, Guid tenant, long version, CancellationToken cancellationToken)
    {
        if (_sets.TryGetValue(tenant, out var known) && known.Version == version) return known.Set;
        var rows = await change.ListAsync<Row>("""
            select id, name, version, trigger_type, trigger_config::text as trigger_config, conditions::text as conditions, options::text as options, since_seq
            from automations
            where tenant_id = @tenant and status = 'active'
            order by id
            limit 10000
            """, null, cancellationToken);
        var set = new CompiledAutomations([.. rows.Select(row => CompiledAutomation.Of(row.Id, row.Name, row.Version, new(row.TriggerType, JsonNode.Parse(row.TriggerConfig)!.AsObject()),
            DefinitionJson.Read<AutomationConditions>(row.Conditions), DefinitionJson.Read<AutomationOptions>(row.Options), row.SinceSeq))]);
        if (_sets.Values.Sum(one => one.Set.Count + 1) > Most) _sets.Clear();
        _sets[tenant] = (version, set);
        return set;
    }

    sealed class Row
    {
        public Guid Id { get; init; }
        public string Name { get; init; } = "";
        public int Version { get; init; }
        public string TriggerType { get; init; } = "";
        public string TriggerConfig { get; init; } = "{}";
        public string Conditions { get; init; } = "{}";
        public string Options { get; init; } = "{}";
        public long SinceSeq { get; init; }
    }
}
