using System.Text.Json;
using Parley.Server.Contacts.Merging;
using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Contacts.Duplicates;

/// <summary>Two contacts that may be one.</summary>
internal sealed record Candidate(Known One, Known Other, Likeness Likeness)
{
    public Pair Pair => Pair.Of(One.Id, Other.Id);
}

/// <summary>All SQL of finding duplicates. In the system role, because under a policy PostgreSQL does not look into arrays by their index; every statement names
/// the tenant.</summary>
internal sealed class DuplicateStore(SystemDatabase database)
{
    const int OfAKey = 40;   // of a name that hundreds have, these are enough to see

    const string Columns = """
        k.id, k.updated_at, k.name, search_text(coalesce(k.name, '')) as folded_name, k.phone, k.email, k.external_ref, k.social_handles::text as social_handles, k.metadata::text as metadata,
        (select coalesce(jsonb_agg(jsonb_build_object('channel', i.channel, 'handle', i.handle, 'user_name', i.user_name)), '[]')::text
         from contact_identities i where i.tenant_id = k.tenant_id and i.contact_id = k.id) as identities
        """;

    /// <summary>Tenants with contacts that are new or changed: from one to the next, one look into the index each.</summary>
    public Task<IReadOnlyList<Guid>> ListTenantsAsync(CancellationToken cancellationToken) =>
        database.ListAsync<Guid>("""
            with recursive t as (
                (select tenant_id from contacts where matched_at is null order by tenant_id limit 1)
                union all
                select (select k.tenant_id from contacts k where k.matched_at is null and k.tenant_id > t.tenant_id order by k.tenant_id limit 1)
                from t where t.tenant_id is not null
            )
            select tenant_id from t where tenant_id is not null
            """, null, cancellationToken);

    public async Task<IReadOnlyList<Known>> ListChangedAsync(Guid tenant, int most, CancellationToken cancellationToken) =>
        [.. (await database.ListAsync<Known.Row>($"""
            select {Columns} from contacts k where k.tenant_id = @tenant and k.matched_at is null and k.kind = 'person' order by k.id limit @most
            """, new { tenant, most }, cancellationToken)).Select(Known.From)];

    /// <summary>Groups are compared with nobody.</summary>
    public Task<int> PassGroupsAsync(Guid tenant, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.ExecuteAsync("update contacts set matched_at = @now where tenant_id = @tenant and matched_at is null and kind = 'group'", new { tenant, now }, cancellationToken);

    /// <summary>By what these are found. Committed before anybody is looked for: of two who come at once, at least one sees the other.</summary>
    public Task<int> WriteKeysAsync(Guid tenant, IReadOnlyList<Known> contacts, CancellationToken cancellationToken) =>
        database.ExecuteAsync("""
            update contacts k set match_keys = x.keys
            from (
                select id, array(select jsonb_array_elements_text(keys)) as keys
                from unnest(@ids::uuid[], @keys::jsonb[]) as x (id, keys)
            ) x
            where k.tenant_id = @tenant and k.id = x.id and k.match_keys <> x.keys
            """, new { tenant, ids = contacts.Select(contact => contact.Id).ToArray(), keys = contacts.Select(contact => JsonSerializer.Serialize(contact.Keys())).ToArray() }, cancellationToken);

    /// <summary>Who shares a key with one of these. The work is that of the keys, not of the number of contacts.</summary>
    public async Task<IReadOnlyList<Candidate>> FindAsync(Guid tenant, IReadOnlyList<Known> contacts, CancellationToken cancellationToken)
    {
        var asked = contacts.SelectMany(contact => contact.Keys().Select(key => (contact.Id, Key: key))).ToList();
        if (asked.Count == 0) return [];
        var pairs = await database.ListAsync<(Guid One, Guid Other, float Similarity)>("""
            set local enable_seqscan = off;
            select x.one, x.other, similarity(search_text(coalesce(a.name, '')), search_text(coalesce(b.name, '')))
            from (
                select distinct x.one, k.id as other
                from unnest(@ones::uuid[], @keys::text[]) as x (one, key)
                cross join lateral (
                    select k.id from contacts k
                    where k.tenant_id = @tenant and k.match_keys @> array[x.key] and k.id <> x.one
                    limit @most
                ) k
            ) x
            join contacts a on a.tenant_id = @tenant and a.id = x.one
            join contacts b on b.tenant_id = @tenant and b.id = x.other
            """, new { tenant, ones = asked.Select(row => row.Id).ToArray(), keys = asked.Select(row => row.Key).ToArray(), most = OfAKey }, cancellationToken);
        if (pairs.Count == 0) return [];
        var others = (await database.ListAsync<Known.Row>($"select {Columns} from contacts k where k.tenant_id = @tenant and k.id = any (@ids)",
            new { tenant, ids = pairs.Select(pair => pair.Other).Distinct().ToArray() }, cancellationToken)).Select(Known.From).ToDictionary(other => other.Id);
        var ones = contacts.ToDictionary(contact => contact.Id);
        var found = pairs.Where(pair => others.ContainsKey(pair.Other))
            .Select(pair => new Candidate(ones[pair.One], others[pair.Other], Likeness.Of(ones[pair.One], others[pair.Other], pair.Similarity)))
            .Where(candidate => candidate.Likeness.Score >= Likeness.Enough)
            .DistinctBy(candidate => candidate.Pair)
            .ToList();
        if (found.Count == 0) return found;
        // What a person said are two, or took apart (MergeUndo says so here), is two.
        var settled = (await database.ListAsync<(Guid First, Guid Second)>("""
            select s.first_id, s.second_id
            from unnest(@firsts::uuid[], @seconds::uuid[]) as x (first_id, second_id)
            join contact_suggestions s on s.tenant_id = @tenant and s.first_id = x.first_id and s.second_id = x.second_id and s.status = 'dismissed'
            """, new { tenant, firsts = found.Select(candidate => candidate.Pair.First).ToArray(), seconds = found.Select(candidate => candidate.Pair.Second).ToArray() }, cancellationToken))
            .Select(row => new Pair(row.First, row.Second)).ToHashSet();
        return [.. found.Where(candidate => !settled.Contains(candidate.Pair))];
    }

    /// <summary>Whether the two are as they were compared, nobody said that they are two or wants to decide it, and exact duplicates are still merged. From here on they are locked.</summary>
    public static async Task<bool> IsStillSoAsync(Change change, Candidate candidate, CancellationToken cancellationToken)
    {
        var pair = candidate.Pair;
        var unchanged = await change.ListAsync<Guid>("""
            select k.id from contacts k
            where k.tenant_id = @tenant and (k.id = @one and k.updated_at = @oneAt or k.id = @other and k.updated_at = @otherAt)
            order by k.id
            for update
            """, new { one = candidate.One.Id, oneAt = candidate.One.UpdatedAt, other = candidate.Other.Id, otherAt = candidate.Other.UpdatedAt }, cancellationToken);
        return unchanged.Count == 2 && await change.FindAsync<bool>("""
            select exists (select 1 from contact_settings where tenant_id = @tenant and merges_exact)
               and not exists (select 1 from contact_suggestions where tenant_id = @tenant and first_id = @First and second_id = @Second and (status = 'dismissed' or is_asked))
            """, new { pair.First, pair.Second }, cancellationToken);
    }

    public async Task<bool> MergesExactAsync(Guid tenant, CancellationToken cancellationToken) =>
        await database.FindAsync<bool?>("select merges_exact from contact_settings where tenant_id = @tenant", new { tenant }, cancellationToken) ?? false;

    /// <summary>The suggestions of these contacts, as they are now; and that they were looked at, unless they have changed since they were read.</summary>
    public Task WriteAsync(Guid tenant, IReadOnlyList<Known> contacts, IReadOnlyList<Candidate> found, CancellationToken cancellationToken) =>
        database.ChangeAsync(async change =>
        {
            var args = new
            {
                tenant, contacts = contacts.Select(contact => contact.Id).ToArray(), times = contacts.Select(contact => contact.UpdatedAt.UtcDateTime).ToArray(),
                ids = found.Select(_ => Ids.New(change.Now)).ToArray(), firsts = found.Select(one => one.Pair.First).ToArray(), seconds = found.Select(one => one.Pair.Second).ToArray(),
                scores = found.Select(one => one.Likeness.Score).ToArray(), reasons = found.Select(one => JsonSerializer.Serialize(one.Likeness.Reasons)).ToArray(), now = change.Now,
            };
            await change.ExecuteAsync("""
                update contacts k set matched_at = @now
                from (select * from unnest(@contacts::uuid[], @times::timestamptz[]) as x (id, updated_at) order by id) x
                where k.tenant_id = @tenant and k.id = x.id and k.updated_at = x.updated_at
                """, args, cancellationToken);
            var told = await change.ListAsync<Guid>("""
                with gone as (
                    delete from contact_suggestions s
                    where s.tenant_id = @tenant and s.status = 'open' and (s.first_id = any (@contacts) or s.second_id = any (@contacts))
                      and (s.first_id, s.second_id) not in (select * from unnest(@firsts::uuid[], @seconds::uuid[]))
                    returning s.first_id
                ),
                kept as (
                    insert into contact_suggestions (tenant_id, id, first_id, second_id, score, reasons, created_at, updated_at)
                    select @tenant, x.id, x.first_id, x.second_id, x.score, x.reasons, @now, @now
                    from unnest(@ids::uuid[], @firsts::uuid[], @seconds::uuid[], @scores::int[], @reasons::jsonb[]) as x (id, first_id, second_id, score, reasons)
                    where exists (select 1 from contacts k where k.tenant_id = @tenant and k.id = x.first_id) and exists (select 1 from contacts k where k.tenant_id = @tenant and k.id = x.second_id)
                    order by x.first_id, x.second_id
                    on conflict (tenant_id, first_id, second_id) do update set score = excluded.score, reasons = excluded.reasons, updated_at = excluded.updated_at
                        where contact_suggestions.status = 'open' and (contact_suggestions.score <> excluded.score or contact_suggestions.reasons <> excluded.reasons)
                    returning first_id
                )
                select first_id from gone union select first_id from kept
                """, args, cancellationToken);
            foreach (var contact in told) change.Publish(new FeedEvent(tenant, "contact.suggested", ContactId: contact));
            return told.Count;
        }, cancellationToken);
}
