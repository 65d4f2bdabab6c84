using Parley.Server.Automations.Conditions;
using Parley.Server.Platform.Database;

namespace Parley.Server.Automations.Triggers;

/// <summary>Something that automations can answer to.</summary>
/// <param name="Key">The same for the same thing, however often it is told.</param>
/// <param name="Label">The label that was put on.</param>
internal sealed record Happening(string Trigger, string Key, FeedLine Line, Guid? Label = null);

/// <summary>A line of the feed, as it is written.</summary>
internal sealed class PageLine
{
    public long Seq { get; init; }
    public string Type { get; init; } = "";
    public Guid? MessageId { get; init; }
}

/// <summary>A line of the feed, with what it speaks of as it is now.</summary>
internal sealed class FeedLine
{
    public long Seq { get; init; }
    public string Type { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
    public Guid? RunId { get; init; }
    public Guid? MessageId { get; init; }
    public Guid? ConversationId { get; init; }
    public Guid? ContactId { get; init; }
    public Guid? IntegrationId { get; init; }
    public string? Channel { get; init; }
    public string? Direction { get; init; }
    public string? Status { get; init; }
    public int Attempt { get; init; }
    public string? Author { get; init; }
    public string? Content { get; init; }
    public bool IsTakenBack { get; init; }
    public bool Counts { get; init; }
    public DateTimeOffset? OccurredAt { get; init; }
    public DateTimeOffset? ConversationSince { get; init; }
    public DateTimeOffset? ContactSince { get; init; }
    public string? Name { get; init; }
    public string? Phone { get; init; }
    public string? Email { get; init; }
    public string? ExternalRef { get; init; }
    public string? ContactStatus { get; init; }
    public string? Metadata { get; init; }
    public Guid[]? Labels { get; init; }

    public bool IsOfAutomation => Author?.StartsWith("automation:", StringComparison.Ordinal) == true;

    /// <summary>Said just now: history that is read afterwards starts nothing.</summary>
    public bool IsFromCustomer => this is { Type: "message.created", Direction: "inbound", Counts: true, ConversationId: not null } && OccurredAt > CreatedAt.AddDays(-1);

    Facts? _facts;

    public Facts Facts(string zone) => _facts ??= new()
    {
        Channel = Channel, IntegrationId = IntegrationId, Text = Content, Labels = Labels ?? [], ContactName = Name, Phone = Phone, Email = Email, ExternalRef = ExternalRef, ContactStatus = ContactStatus, Metadata = Metadata,
        At = CreatedAt, Zone = zone,
    };
}

/// <summary>Finds out what happened from lines that say only what changed. What a line means stands in the rows that were written with it, at the same instant.</summary>
internal static class FeedLines
{
    // A conversation or contact that is so young was made for this very message.
    static readonly TimeSpan Young = TimeSpan.FromSeconds(5);

    /// <summary>Lines as they are written: what changed, and no more.</summary>
    public static Task<IReadOnlyList<PageLine>> PageAsync(Change change, long seq, int most, CancellationToken cancellationToken) =>
        change.ListAsync<PageLine>("select seq, type, message_id from events where tenant_id = @tenant and seq > @seq order by seq limit @most", new { seq, most }, cancellationToken);

    /// <summary>Those of a page that can start one of these automations, with what they speak of. A campaign's ticks, for one, are passed over by their type, or by one look at their message.</summary>
    public static async Task<IReadOnlyList<FeedLine>> ReadAsync(Change change, IReadOnlyList<PageLine> page, CompiledAutomations automations, CancellationToken cancellationToken)
    {
        var types = TypesFor(automations);
        var seqs = page.Where(line => types.Contains(line.Type)).Select(line => line.Seq).ToArray();
        return seqs.Length == 0 ? [] : await change.ListAsync<FeedLine>("""
            select e.seq, e.type, e.created_at, e.run_id, m.id as message_id, c.id as conversation_id, k.id as contact_id, coalesce(m.integration_id, c.integration_id) as integration_id,
                coalesce(m.channel, c.channel) as channel, m.direction, m.status, m.failure_code is not distinct from 'cancelled' as is_taken_back, coalesce(m.attempt, 0) as attempt, m.author, m.content, coalesce(m.type <> 'event' and not m.is_hidden and m.deleted_at is null, false) as counts,
                m.occurred_at, c.created_at as conversation_since, k.created_at as contact_since, k.name, coalesce(k.phone, case when c.handle like '+%' then c.handle end) as phone, k.email, k.external_ref, k.status as contact_status,
                k.metadata::text as metadata,
                case when @labels and (c.id is not null or k.id is not null) then array(
                    select l.label_id from conversation_labels l where l.tenant_id = @tenant and l.conversation_id = c.id
                    union
                    select l.label_id from contact_labels l where l.tenant_id = @tenant and l.contact_id = k.id) end as labels
            from (select seq, type, created_at, run_id, message_id, conversation_id, contact_id from events where tenant_id = @tenant and seq = any (@seqs)) e
            left join messages m on e.type in ('message.created', 'message.updated') and m.tenant_id = @tenant and m.id = e.message_id
            left join conversations c on c.tenant_id = @tenant and c.id = case when m.conversation_id is not null then m.conversation_id else e.conversation_id end
            left join contact_aliases a on a.tenant_id = @tenant and a.id = e.contact_id
            left join contacts k on k.tenant_id = @tenant and k.id = case when c.contact_id is not null then c.contact_id when a.contact_id is not null then a.contact_id else e.contact_id end
            where case e.type when 'message.created' then m.direction = 'inbound' when 'message.updated' then m.direction = 'outbound' and m.status = 'failed' else true end
            order by e.seq
            """, new { seqs, labels = automations.AsksLabels }, cancellationToken);
    }

    static HashSet<string> TypesFor(CompiledAutomations automations)
    {
        var types = new HashSet<string>();
        void Add(string type, params string[] triggers)
        {
            if (triggers.Any(automations.Has)) types.Add(type);
        }
        Add("message.created", TriggerTypes.MessageReceived, TriggerTypes.ConversationOpened, TriggerTypes.ContactCreated, TriggerTypes.NoReply);
        Add("message.updated", TriggerTypes.MessageFailed);
        Add("conversation.updated", TriggerTypes.ConversationOpened, TriggerTypes.ConversationClosed, TriggerTypes.LabelAdded);
        Add("contact.created", TriggerTypes.ContactCreated);
        Add("contact.updated", TriggerTypes.LabelAdded);
        return types;
    }

    /// <summary>What happened, as far as any of these automations asks for it.</summary>
    public static async Task<List<Happening>> FindAsync(Change change, IReadOnlyList<FeedLine> lines, CompiledAutomations automations, CancellationToken cancellationToken)
    {
        var found = new List<Happening>();
        foreach (var line in lines)
        {
            if (line.IsFromCustomer) found.Add(new(TriggerTypes.MessageReceived, $"message:{line.MessageId}", line));
            if (line is { Type: "message.updated", Direction: "outbound", Status: "failed", IsTakenBack: false, Counts: true }) found.Add(new(TriggerTypes.MessageFailed, $"failed:{line.MessageId}:{line.Attempt}", line));
            if (line.IsFromCustomer && line.CreatedAt - line.ConversationSince < Young) found.Add(new(TriggerTypes.ConversationOpened, $"opened:{line.ConversationId}", line));
            if (line.ContactId is { } contact && (line.Type == "contact.created" || line.IsFromCustomer && line.CreatedAt - line.ContactSince < Young)) found.Add(new(TriggerTypes.ContactCreated, $"contact:{contact}", line));
        }
        if (automations.Has(TriggerTypes.ConversationOpened) || automations.Has(TriggerTypes.ConversationClosed)) found.AddRange(await EndsAsync(change, lines, cancellationToken));
        if (automations.Has(TriggerTypes.LabelAdded)) found.AddRange(await LabelsAsync(change, lines, cancellationToken));
        return found;
    }

    // Closed, opened by somebody here, or opened by the customer's first words since.
    static async Task<IEnumerable<Happening>> EndsAsync(Change change, IReadOnlyList<FeedLine> lines, CancellationToken cancellationToken)
    {
        var asked = lines.Where(line => line.ConversationId is not null && (line.Type == "conversation.updated" || line.IsFromCustomer)).ToList();
        if (asked.Count == 0) return [];
        var rows = await change.ListAsync<EndRow>("""
            select x.seq, e.id, e.closed_at = x.at as is_end
            from unnest(@seqs::bigint[], @conversations::uuid[], @ats::timestamptz[], @messages::uuid[], @saids::timestamptz[]) as x (seq, conversation_id, at, message_id, said_at)
            join lateral (
                select e.id, e.closed_at, e.reopened_at from closings e
                where e.tenant_id = @tenant and e.conversation_id = x.conversation_id and e.closed_at <= x.at
                order by e.closed_at desc
                limit 1
            ) e on true
            where x.message_id is null and (e.closed_at = x.at or e.reopened_at = x.at)
               or x.message_id is not null and e.reopened_at is null and not exists (
                   select 1 from messages m
                   where m.tenant_id = @tenant and m.conversation_id = x.conversation_id and m.direction = 'inbound' and m.occurred_at > e.closed_at and m.occurred_at < x.said_at)
            """, new
        {
            seqs = asked.Select(line => line.Seq).ToArray(), conversations = asked.Select(line => line.ConversationId!.Value).ToArray(), ats = asked.Select(line => line.CreatedAt.UtcDateTime).ToArray(),
            messages = asked.Select(line => line.IsFromCustomer ? line.MessageId : null).ToArray(), saids = asked.Select(line => (line.OccurredAt ?? line.CreatedAt).UtcDateTime).ToArray(),
        }, cancellationToken);
        var bySeq = asked.ToDictionary(line => line.Seq);
        return rows.Select(row => row.IsEnd
            ? new Happening(TriggerTypes.ConversationClosed, $"closed:{row.Id}", bySeq[row.Seq])
            : new Happening(TriggerTypes.ConversationOpened, $"opened:{row.Id}", bySeq[row.Seq]));
    }

    static async Task<IEnumerable<Happening>> LabelsAsync(Change change, IReadOnlyList<FeedLine> lines, CancellationToken cancellationToken)
    {
        var asked = lines.Where(line => line is { Type: "conversation.updated", ConversationId: not null } or { Type: "contact.updated", ContactId: not null }).ToList();
        if (asked.Count == 0) return [];
        var rows = await change.ListAsync<LabelRow>("""
            select x.seq, l.label_id
            from unnest(@seqs::bigint[], @conversations::uuid[], @ats::timestamptz[]) as x (seq, conversation_id, at)
            join conversation_labels l on l.tenant_id = @tenant and l.conversation_id = x.conversation_id and l.created_at = x.at
            union all
            select x.seq, l.label_id
            from unnest(@seqs::bigint[], @contacts::uuid[], @ats::timestamptz[]) as x (seq, contact_id, at)
            join contact_labels l on l.tenant_id = @tenant and l.contact_id = x.contact_id and l.created_at = x.at
            """, new
        {
            seqs = asked.Select(line => line.Seq).ToArray(), ats = asked.Select(line => line.CreatedAt.UtcDateTime).ToArray(),
            conversations = asked.Select(line => line.Type == "conversation.updated" ? line.ConversationId : null).ToArray(), contacts = asked.Select(line => line.Type == "contact.updated" ? line.ContactId : null).ToArray(),
        }, cancellationToken);
        var bySeq = asked.ToDictionary(line => line.Seq);
        return rows.Select(row => new Happening(TriggerTypes.LabelAdded, $"label:{row.LabelId}:{row.Seq}", bySeq[row.Seq], row.LabelId));
    }

    sealed class EndRow
    {
        public long Seq { get; init; }
        public Guid Id { get; init; }
        public bool IsEnd { get; init; }
    }

    sealed class LabelRow
    {
        public long Seq { get; init; }
        public Guid LabelId { get; init; }
    }
}
