using Parley.Server.Messages;
using Parley.Server.Platform.Database;
using Parley.Server.Search;

namespace Parley.Server.Campaigns.Audience;

/// <summary>Says whom a campaign would reach, without writing anything: the same SQL as writing it down, for a bounded time.</summary>
internal sealed class PreviewReader(TenantDatabase database, AudienceLines lines, SearchStore search, CampaignContents contents, TimeProvider time)
{
    const int Shown = 10;
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <exception cref="AudienceGoneException"/>
    public async Task<CampaignPreview> ReadAsync(Guid tenant, CampaignRow row, CancellationToken cancellationToken)
    {
        var (content, gone) = await contents.FindAsync(tenant, row, cancellationToken);
        if (content is null) throw new AudienceGoneException(gone!);
        var look = new Look(row, content, time.GetTimestamp());
        await ReadLinesAsync(tenant, look, AudienceLines.OfList(row).ToAsyncEnumerable(), cancellationToken);
        if (row.Audience.Csv is { } csv) await ReadLinesAsync(tenant, look, lines.OfFileAsync(tenant, csv, cancellationToken), cancellationToken);
        if (row.Audience.FailedOf is { } source) await ReadFailedAsync(tenant, look, source, cancellationToken);
        if (row.Audience.HasContacts) await ReadContactsAsync(tenant, look, cancellationToken);
        return look.View();
    }

    /// <summary>What one person would read: who has this number, is this contact, or is this recipient. Null when there is nobody.</summary>
    public async Task<CampaignSample?> RenderAsync(Guid tenant, CampaignRow row, Guid? contact, string? to, Guid? recipient, CancellationToken cancellationToken)
    {
        var (content, gone) = await contents.FindAsync(tenant, row, cancellationToken);
        if (content is null) throw new AudienceGoneException(gone!);
        if (recipient is { } id)
        {
            var known = await database.FindAsync<RecipientRow>(tenant, """
                select coalesce(a.contact_id, r.contact_id) as contact_id, r.handle, r.variables::text as variables
                from campaign_recipients r
                left join contact_aliases a on a.tenant_id = r.tenant_id and a.id = r.contact_id
                where r.tenant_id = @tenant and r.campaign_id = @Id and r.id = @recipient
                """, new { row.Id, recipient = id }, cancellationToken);
            if (known is null) return null;
            return await LineAsync(tenant, row, content, new(1, known.Handle.Length == 0 ? null : known.Handle, CampaignJson.Variables(known.Variables)), known.ContactId, cancellationToken);
        }
        if (contact is { } person) return await LineAsync(tenant, row, content, new(1, null, null), person, cancellationToken);
        if (to is null || Recipients.Normalise(to) is not { } handle) return null;
        return await LineAsync(tenant, row, content, await InFileAsync(tenant, row, handle, cancellationToken) ?? new(1, handle, null), null, cancellationToken);
    }

    // Whoever stands in the file has what the file says of them.
    async Task<AudienceLine?> InFileAsync(Guid tenant, CampaignRow row, string handle, CancellationToken cancellationToken)
    {
        if (row.Audience.Csv is not { } csv) return null;
        var address = new AudienceLine(1, handle, null).Address;
        var begun = time.GetTimestamp();
        await foreach (var line in lines.OfFileAsync(tenant, csv, cancellationToken))
        {
            if (line.Handle is not null && line.Address == address) return line;
            if (time.GetElapsedTime(begun) > Longest) return null;
        }
        return null;
    }

    async Task<CampaignSample?> LineAsync(Guid tenant, CampaignRow row, CampaignContent content, AudienceLine line, Guid? contact, CancellationToken cancellationToken)
    {
        JudgedRow? judged;
        if (contact is { } id)
        {
            const string one = "x as materialized (select 1 as n, k.id, k.id as contact_id, @handle::text as handle, null::text as address, @variables::jsonb as variables, k.name, k.phone, k.email, k.external_ref, k.metadata, k.kind, k.status from contacts k where k.tenant_id = @tenant and k.id = @contact)";
            judged = await database.FindAsync<JudgedRow>(tenant, $"with {Candidates.Judged(one)} {Select}", new { contact = id, handle = line.Handle, variables = line.Variables?.ToJsonString(), channel = row.Channel, needs = content.Needs.ToArray() }, cancellationToken);
        }
        else judged = await database.FindAsync<JudgedRow>(tenant, $"with {Candidates.Judged(Candidates.OfLines)} {Select}", AudienceLines.Arguments([line], row.Channel, content.Needs, time.GetUtcNow()), cancellationToken);
        return judged is null ? null : Sample(row, content, judged);
    }

    const string Select = "select c.n, c.contact_id, c.name, c.phone, c.email, c.external_ref, c.metadata::text as metadata, c.handle, c.address, c.variables::text as variables, c.reason, c.detail from c";

    async Task ReadLinesAsync(Guid tenant, Look look, IAsyncEnumerable<AudienceLine> all, CancellationToken cancellationToken)
    {
        var step = new List<AudienceLine>(AudienceWriter.LinesAtOnce);
        var seen = 0;
        await foreach (var line in all.WithCancellation(cancellationToken))
        {
            // Also a file of nothing but numbers that are there already, or are none, is not read for ever.
            if (++seen % AudienceWriter.LinesAtOnce == 0 && IsOver(look)) break;
            if (line.Handle is null) look.Invalid++;
            else if (!look.Addresses.Add(line.Address)) look.Duplicates++;
            else step.Add(line);
            if (step.Count < AudienceWriter.LinesAtOnce) continue;
            await ReadAsync();
        }
        await ReadAsync();

        async Task ReadAsync()
        {
            if (step.Count == 0) return;
            var rows = await database.ListAsync<JudgedRow>(tenant, $"with {Candidates.Judged(Candidates.OfLines)} {Select} order by c.n", AudienceLines.Arguments(step, look.Row.Channel, look.Content.Needs, time.GetUtcNow()), cancellationToken);
            foreach (var row in rows) look.Take(row);
            step.Clear();
        }
    }

    async Task ReadFailedAsync(Guid tenant, Look look, Guid source, CancellationToken cancellationToken)
    {
        for (var after = Guid.Empty; await AudienceWriter.FindFailedEndAsync(database, tenant, source, after, cancellationToken) is { } to && !IsOver(look); after = to)
            foreach (var row in await database.ListAsync<JudgedRow>(tenant, $"with {Candidates.Judged(Candidates.OfFailed)} {Select} order by c.n",
                new { source, self = look.Row.Id, after, upTo = to, channel = look.Row.Channel, needs = look.Content.Needs.ToArray() }, cancellationToken)) look.Take(row);
    }

    async Task ReadContactsAsync(Guid tenant, Look look, CancellationToken cancellationToken)
    {
        if (await AudienceWriter.FilterAsync(look.Row, search, cancellationToken) is not { } filter) return;
        var judged = Candidates.Judged(Candidates.OfContacts(AudienceWriter.Conditions(look.Row, filter) + " and k.id <> all (@taken)"));
        for (var after = Guid.Empty; await AudienceWriter.FindEndAsync(database, tenant, after, cancellationToken) is { } to && !IsOver(look); after = to)
        {
            var arguments = AudienceWriter.Arguments(tenant, look.Row, filter, look.Content.Needs, after, to);
            arguments.AddDynamicParams(new { taken = look.Contacts.ToArray() });
            foreach (var group in await database.ListAsync<GroupRow>(tenant, $"with {judged} select c.reason, count(*)::int as count from c group by c.reason", arguments, cancellationToken)) look.Add(group.Reason, group.Count);
            if (look.Sample.Count < Shown) await SomeAsync("c.reason is null");
            if (look.Refused.Count < Shown) await SomeAsync("c.reason is not null");

            async Task SomeAsync(string which)
            {
                foreach (var row in await database.ListAsync<JudgedRow>(tenant, $"with {judged} {Select} where {which} order by c.id limit {Shown}", arguments, cancellationToken)) look.Show(row);
            }
        }
    }

    bool IsOver(Look look)
    {
        if (time.GetElapsedTime(look.Begun) <= Longest) return false;
        look.IsComplete = false;
        return true;
    }

    static CampaignSample Sample(CampaignRow row, CampaignContent content, JudgedRow judged)
    {
        var (reason, detail) = (judged.Reason, judged.Detail);
        MessageDraft? draft = null;
        if (reason is null or "opted_out" or "blocked")
        {
            var (written, missing, wrong) = content.Write(RecipientFields.Of(row.Content.Defaults, judged, CampaignJson.Variables(judged.Variables)));
            draft = written;
            if (written is null) (reason, detail) = missing.Count > 0 ? (reason ?? "missing_variables", string.Join(", ", missing)) : (reason ?? "invalid_variables", wrong);
        }
        return new(judged.ContactId, judged.Name, judged.Handle, reason is null ? "pending" : "skipped", reason, SkipWords.Of(reason, detail), draft?.Type ?? row.Content.Type, draft?.Content, draft?.Metadata, draft?.AttachmentId is null ? null : content.File);
    }

    /// <summary>What was seen so far.</summary>
    sealed class Look(CampaignRow row, CampaignContent content, long begun)
    {
        readonly Dictionary<string, int> _skipped = [];
        int _sendable;

        public CampaignRow Row => row;
        public CampaignContent Content => content;
        public long Begun => begun;
        public HashSet<string> Addresses { get; } = [];
        public HashSet<Guid> Contacts { get; } = [];
        public List<CampaignSample> Sample { get; } = [];
        public List<CampaignSample> Refused { get; } = [];
        public int Duplicates { get; set; }
        public int Invalid { get; set; }
        public bool IsComplete { get; set; } = true;

        public void Take(JudgedRow judged)
        {
            if (judged.ContactId is { } contact && !Contacts.Add(contact))
            {
                Duplicates++;
                return;
            }
            var sample = PreviewReader.Sample(row, content, judged);
            Add(sample.Reason, 1);
            Keep(sample);
        }

        public void Show(JudgedRow judged) => Keep(PreviewReader.Sample(row, content, judged));

        void Keep(CampaignSample sample)
        {
            var shown = sample.Reason is null ? Sample : Refused;
            if (shown.Count < Shown) shown.Add(sample);
        }

        public void Add(string? reason, int count)
        {
            if (reason is null) _sendable += count;
            else _skipped[reason] = _skipped.GetValueOrDefault(reason) + count;
        }

        public CampaignPreview View() => new(
            _sendable + _skipped.Values.Sum(), _sendable, [.. _skipped.OrderByDescending(one => one.Value).ThenBy(one => one.Key, StringComparer.Ordinal).Select(one => new SkippedView(one.Key, SkipWords.Of(one.Key, "all of its variables")!, one.Value))],
            Duplicates, Invalid, IsComplete, Sample, Refused);
    }

    sealed class JudgedRow : ContactFacts
    {
        public int N { get; init; }
        public Guid? ContactId { get; init; }
        public string Handle { get; init; } = "";
        public string Address { get; init; } = "";
        public string? Variables { get; init; }
        public string? Reason { get; init; }
        public string? Detail { get; init; }
    }

    sealed class GroupRow
    {
        public string? Reason { get; init; }
        public int Count { get; init; }
    }

    sealed class RecipientRow
    {
        public Guid? ContactId { get; init; }
        public string Handle { get; init; } = "";
        public string? Variables { get; init; }
    }
}
