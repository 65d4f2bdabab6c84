using System.Globalization;
using Dapper;
using Parley.Server.Contacts;
using Parley.Server.Platform.Database;
using Parley.Server.Search;

namespace Parley.Server.Campaigns.Audience;

/// <summary>Up to where the audience is written down: which part of it, and the place in it.</summary>
internal sealed record Progress(string? Part = null, string? At = null);

/// <summary>Writes a campaign's audience down, in steps of one transaction each: a step is there with how far it got, or not at all. So it can be killed at any
/// line, and whoever comes next goes on. Rows are made by the database; what is in memory is one step's lines at most.
/// :: 1 where we are · 2 the part's next step · 3 whoever is new becomes a row, with the reason where they will get nothing · 4 counted · 5 the place moves on.</summary>
internal sealed class AudienceWriter(TenantDatabase database, AudienceLines lines, SearchStore search)
{
    internal const int LinesAtOnce = 5_000, ContactsAtOnce = 20_000;
    static readonly string[] Parts = ["list", "csv", "failed", "contacts"];

    /// <summary>Runs until the audience is complete, the campaign stops, or <paramref name="isOver"/> says that others shall have a turn.</summary>
    /// <exception cref="AudienceGoneException"/>
    public async Task RunAsync(Guid tenant, CampaignRow row, IReadOnlyList<string> needs, Func<bool> isOver, CancellationToken stopping)
    {
        var audience = row.Audience;
        var progress = CampaignJson.Read<Progress>(row.ProgressJson);
        foreach (var part in Parts.Skip(progress.Part is { } begun ? Array.IndexOf(Parts, begun) : 0))
        {
            if (isOver()) return;
            var at = progress.Part == part ? progress.At : null;
            var goesOn = part switch
            {
                "list" when row.RecipientsCount > 0 => await WriteLinesAsync(tenant, row, needs, part, at, AudienceLines.OfList(row).ToAsyncEnumerable(), isOver, stopping),
                "csv" when audience.Csv is { } csv => await WriteLinesAsync(tenant, row, needs, part, at, lines.OfFileAsync(tenant, csv, stopping), isOver, stopping),
                "failed" when audience.FailedOf is { } source => await WriteFailedAsync(tenant, row, needs, source, at, isOver, stopping),
                "contacts" when audience.HasContacts => await WriteContactsAsync(tenant, row, needs, at, isOver, stopping),
                _ => true,
            };
            if (!goesOn) return;
        }
        await database.ChangeAsync(tenant, async change =>
        {
            var frozen = await change.ExecuteAsync("update campaigns set frozen_at = @now, updated_at = @now where tenant_id = @tenant and id = @Id and status = 'running' and frozen_at is null", new { row.Id, now = change.Now }, stopping);
            if (frozen > 0) change.Publish(new Feed.FeedEvent(tenant, "campaign.updated"));
            return frozen;
        }, stopping);
    }

    static int Place(string? at) => at is null ? 0 : int.Parse(at, CultureInfo.InvariantCulture);

    async Task<bool> WriteLinesAsync(Guid tenant, CampaignRow row, IReadOnlyList<string> needs, string part, string? at, IAsyncEnumerable<AudienceLine> all, Func<bool> isOver, CancellationToken stopping)
    {
        var step = new List<AudienceLine>(LinesAtOnce);
        await foreach (var line in all.WithCancellation(stopping))
        {
            if (line.Number <= Place(at)) continue;
            step.Add(line);
            if (step.Count < LinesAtOnce) continue;
            if (!await WriteAsync() || isOver()) return false;
        }
        return step.Count == 0 || await WriteAsync();

        async Task<bool> WriteAsync()
        {
            var to = step[^1].Number.ToString(CultureInfo.InvariantCulture);
            List<AudienceLine> good = [.. step.Where(line => line.Handle is not null)];
            var invalid = step.Count - good.Count;
            step.Clear();
            var written = await StepAsync(tenant, row, part, at, to, Candidates.Judged(Candidates.OfLines),
                now => new DynamicParameters(AudienceLines.Arguments(good, row.Channel, needs, now)), invalid, stopping);
            at = to;
            return written;
        }
    }

    async Task<bool> WriteFailedAsync(Guid tenant, CampaignRow row, IReadOnlyList<string> needs, Guid source, string? at, Func<bool> isOver, CancellationToken stopping)
    {
        while (true)
        {
            var after = at is null ? Guid.Empty : Guid.Parse(at);
            if (await FindFailedEndAsync(database, tenant, source, after, stopping) is not { } to) return true;
            if (isOver() || !await StepAsync(tenant, row, "failed", at, to.ToString(), Candidates.Judged(Candidates.OfFailed),
                _ => new DynamicParameters(new { source, after, upTo = to, self = row.Id, channel = row.Channel, needs = needs.ToArray() }), 0, stopping)) return false;
            at = to.ToString();
        }
    }

    async Task<bool> WriteContactsAsync(Guid tenant, CampaignRow row, IReadOnlyList<string> needs, string? at, Func<bool> isOver, CancellationToken stopping)
    {
        if (await FilterAsync(row, search, stopping) is not { } filter) return true;
        var judged = Candidates.Judged(Candidates.OfContacts(Conditions(row, filter)));
        while (true)
        {
            var after = at is null ? Guid.Empty : Guid.Parse(at);
            if (await FindEndAsync(database, tenant, after, stopping) is not { } to) return true;
            if (isOver() || !await StepAsync(tenant, row, "contacts", at, to.ToString(), judged, _ => Arguments(tenant, row, filter, needs, after, to), 0, stopping)) return false;
            at = to.ToString();
        }
    }

    /// <summary>Null where nobody can be meant: a search without a word in it.</summary>
    internal static async Task<ContactFilter?> FilterAsync(CampaignRow row, SearchStore search, CancellationToken cancellationToken)
    {
        if (row.Audience.Filter is not { } given) return new();
        var (filter, _) = await given.Query.ReadAsync(search, null, cancellationToken);
        return filter is null || ReferenceEquals(filter, ContactQuery.Nothing) ? null : filter;
    }

    internal static string Conditions(CampaignRow row, ContactFilter filter) => ContactSearch.Conditions(filter) + (row.Audience.Labels is not { Count: > 0 } ? "" : """
         and (exists (select 1 from contact_labels l where l.tenant_id = @tenant and l.contact_id = k.id and l.label_id = any (@labels))
            or exists (select 1 from conversations v join conversation_labels l on l.tenant_id = v.tenant_id and l.conversation_id = v.id
                where v.tenant_id = @tenant and v.contact_id = k.id and l.label_id = any (@labels)))
        """);

    internal static DynamicParameters Arguments(Guid tenant, CampaignRow row, ContactFilter filter, IReadOnlyList<string> needs, Guid after, Guid upTo)
    {
        var arguments = ContactSearch.Arguments(tenant, filter, null, 0);
        arguments.AddDynamicParams(new
        {
            labels = (row.Audience.Labels ?? []).ToArray(), channel = row.Channel, needs = needs.ToArray(), after, upTo, frozen = (row.StartedAt ?? DateTimeOffset.MaxValue).UtcDateTime,
        });
        return arguments;
    }

    /// <summary>The last of the next contacts; null when there are none.</summary>
    internal static Task<Guid?> FindEndAsync(TenantDatabase database, Guid tenant, Guid after, CancellationToken cancellationToken) => database.FindAsync<Guid?>(tenant, """
        select id from (select id from contacts where tenant_id = @tenant and id > @after order by id limit @most) k order by id desc limit 1
        """, new { after, most = ContactsAtOnce }, cancellationToken);

    /// <summary>The last of the next who failed in a campaign; null when there are none.</summary>
    internal static Task<Guid?> FindFailedEndAsync(TenantDatabase database, Guid tenant, Guid source, Guid after, CancellationToken cancellationToken) => database.FindAsync<Guid?>(tenant, """
        select id from (select id from campaign_recipients where tenant_id = @tenant and campaign_id = @source and status = 'failed' and id > @after order by id limit @most) r order by id desc limit 1
        """, new { source, after, most = LinesAtOnce }, cancellationToken);

    // False when the campaign is not at this place any more: it was stopped, or another worker went on with it.
    Task<bool> StepAsync(Guid tenant, CampaignRow row, string part, string? at, string to, string judged, Func<DateTimeOffset, DynamicParameters> arguments, int invalid, CancellationToken stopping) =>
        database.ChangeAsync(tenant, async change =>
        {
            // :: 1, :: 5
            var before = CampaignJson.Write(new Progress(part, at));
            var moved = await change.ExecuteAsync("""
                update campaigns set progress = @progress::jsonb
                where tenant_id = @tenant and id = @Id and status = 'running' and frozen_at is null
                  and (progress = @before::jsonb or @isFirst and coalesce(progress ->> 'part', '') = any (@earlier))
                """, new { row.Id, before, isFirst = at is null, earlier = Parts.TakeWhile(other => other != part).Prepend("").ToArray(), progress = CampaignJson.Write(new Progress(part, to)) }, stopping);
            if (moved == 0) return false;
            // Two second tries of one campaign, at once: the later one sees whom the other has taken.
            if (part == "failed") await change.ExecuteAsync("select id from campaigns where tenant_id = @tenant and id = @FailedOf for no key update", new { row.Audience.FailedOf }, stopping);
            // :: 2, :: 3
            var parameters = arguments(change.Now);
            parameters.AddDynamicParams(new { campaign = row.Id, now = change.Now });
            var written = (await change.FindAsync<WrittenRow>($"""
                with {judged},
                made as (
                    insert into campaign_recipients (tenant_id, campaign_id, id, contact_id, handle, address, variables, status, reason, detail, created_at, updated_at)
                    select @tenant, @campaign, coalesce(c.contact_id, c.id), c.contact_id, c.handle, c.address, c.variables, case when c.reason is null then 'pending' else 'skipped' end, c.reason,
                        case c.reason when 'missing_variables' then c.detail end, @now, @now
                    from c
                    order by 3, c.n
                    on conflict do nothing
                    returning status
                )
                select count(*) filter (where status = 'pending')::int as pending, count(*) filter (where status = 'skipped')::int as skipped, (select count(*) from c)::int as looked_at from made
                """, parameters, stopping))!;
            // :: 4
            var twice = written.LookedAt - written.Pending - written.Skipped;
            if (twice + invalid > 0)
                await change.ExecuteAsync("update campaigns set duplicate_count = duplicate_count + @twice, invalid_count = invalid_count + @invalid where tenant_id = @tenant and id = @Id", new { row.Id, twice, invalid }, stopping);
            await CampaignCounts.AddAsync(change, row.Id, "freeze", new Dictionary<string, int> { ["pending"] = written.Pending, ["skipped"] = written.Skipped }, stopping);
            change.Publish(new Feed.FeedEvent(tenant, "campaign.updated"));
            return true;
        }, stopping);

    sealed class WrittenRow
    {
        public int Pending { get; init; }
        public int Skipped { get; init; }
        public int LookedAt { get; init; }
    }
}
