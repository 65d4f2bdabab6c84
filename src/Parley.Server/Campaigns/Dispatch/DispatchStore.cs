using Npgsql;
using Parley.Channels;
using Parley.Server.Contacts.Merging;
using Parley.Server.Feed;
using Parley.Server.Messages;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Sending;

namespace Parley.Server.Campaigns.Dispatch;

/// <summary>Makes messages of recipients, a batch in one transaction and in a constant number of statements: a recipient who has a message waits no more, so nobody
/// can get a second one, however many do this at once and wherever one is killed.</summary>
internal sealed class DispatchStore(TenantDatabase database)
{
    const int MostBad = 10;

    /// <summary>How many of its messages wait in the account's queue, counted up to <paramref name="most"/>.</summary>
    public Task<int> CountQueuedAsync(Guid tenant, CampaignRow row, int most, CancellationToken cancellationToken) =>
        database.FindAsync<int>(tenant, """
            select count(*)::int from (
                select 1 from messages
                where tenant_id = @tenant and integration_id = @IntegrationId and status = 'queued' and priority = @bulk and author = @MessageAuthor
                limit @most) m
            """, new { row.IntegrationId, row.MessageAuthor, bulk = OutboxStore.Bulk, most }, cancellationToken);

    /// <summary>Queues up to <paramref name="most"/> messages. How many recipients were looked at: fewer than that means nobody waits any more. Null: it does not run.
    /// One whose message the database refuses fails alone, and holds up nobody behind; where it refuses all, that is thrown.</summary>
    public async Task<int?> QueueAsync(Guid tenant, CampaignRow row, CampaignContent content, int most, CancellationToken cancellationToken)
    {
        var bad = new List<Guid>();
        for (var (looked, size) = (0, most); ;)
        {
            try
            {
                if (await QueueAsync(tenant, row, content, Math.Min(size, most - looked), bad, cancellationToken) is not { } taken) return null;
                looked += taken;
                if (looked < most && taken == size) continue;
                return bad.Count == 0 ? looked : await FailAsync(tenant, row, bad, cancellationToken) ? looked : null;
            }
            catch (PostgresException refused) when (IsOfData(refused))
            {
                // Fewer and fewer, until it is one.
                if (size > 1) size = Math.Max(1, size / 4);
                else if (await FindNextAsync(tenant, row, bad, cancellationToken) is { } one)
                {
                    bad.Add(one);
                    looked++;
                    if (bad.Count == MostBad && looked == bad.Count) throw;
                    size = most;
                }
                else throw;
            }
        }
    }

    // A value that does not fit, a rule that is broken, a limit that is passed: it will be no better next time.
    static bool IsOfData(PostgresException refused) => refused.SqlState[..2] is "22" or "23" or "54";

    Task<Guid?> FindNextAsync(Guid tenant, CampaignRow row, List<Guid> bad, CancellationToken cancellationToken) => database.FindAsync<Guid?>(tenant, """
        select id from campaign_recipients where tenant_id = @tenant and campaign_id = @Id and status = 'pending' and id <> all (@bad) order by id limit 1
        """, new { row.Id, bad = bad.ToArray() }, cancellationToken);

    Task<bool> FailAsync(Guid tenant, CampaignRow row, List<Guid> bad, CancellationToken cancellationToken) => database.ChangeAsync(tenant, async change =>
    {
        if (!await RunsAsync(change, row, cancellationToken)) return false;
        var failed = await change.ExecuteAsync("""
            update campaign_recipients set status = 'failed', reason = 'not_stored', detail = 'Their message could not be stored.', updated_at = @now
            where tenant_id = @tenant and campaign_id = @Id and id = any (@bad) and status = 'pending'
            """, new { row.Id, bad = bad.ToArray(), now = change.Now }, cancellationToken);
        await CampaignCounts.AddAsync(change, row.Id, "queue", new Dictionary<string, int> { ["pending"] = -failed, ["failed"] = failed }, cancellationToken);
        return true;
    }, cancellationToken);

    static Task<bool> RunsAsync(Change change, CampaignRow row, CancellationToken cancellationToken) =>
        change.FindAsync<bool>("select status = 'running' and frozen_at is not null and version = @Version from campaigns where tenant_id = @tenant and id = @Id for no key update", new { row.Id, row.Version }, cancellationToken);

    /// <summary>A batch in one transaction, without <paramref name="bad"/>.
    /// :: 1 the campaign, which nobody stops meanwhile · 2 who is next, as they are now · 3 what each will read · 4 people whom nobody knew · 5 conversations · 6 messages · 7 recipients · 8 counts and feed.</summary>
    Task<int?> QueueAsync(Guid tenant, CampaignRow row, CampaignContent content, int most, List<Guid> bad, CancellationToken cancellationToken) =>
        database.ChangeAsync<int?>(tenant, async change =>
        {
            // :: 1
            if (!await RunsAsync(change, row, cancellationToken)) return null;
            // :: 2
            var next = await change.ListAsync<NextRow>("""
                select r.id, r.handle, r.variables::text as variables, k.id as contact_id, i.contact_id is not null as is_met, r.contact_id is not null and k.id is null as is_gone,
                    i.opted_out_at is not null as is_out, k.status, k.name, k.phone, k.email, k.external_ref, k.metadata::text as metadata
                from (
                    select id, contact_id, handle, variables from campaign_recipients
                    where tenant_id = @tenant and campaign_id = @Id and status = 'pending' and id <> all (@bad)
                    order by id
                    limit @most
                    for no key update
                ) r
                left join contact_identities i on i.tenant_id = @tenant and i.channel = @Channel and i.handle = r.handle
                left join contact_aliases a on a.tenant_id = @tenant and a.id = r.contact_id
                left join contacts k on k.tenant_id = @tenant and k.id = case when i.contact_id is not null then i.contact_id when a.contact_id is not null then a.contact_id else r.contact_id end
                order by r.id
                """, new { row.Id, row.Channel, most, bad = bad.ToArray() }, cancellationToken);
            if (next.Count == 0) return 0;
            // :: 3
            var good = new List<Going>();
            var skipped = new List<(Guid Id, string Reason, string? Detail)>();
            var defaults = row.Content.Defaults;   // read from JSON: once, not for each
            foreach (var one in next)
            {
                // Who was deleted since is nobody any more, and is not met anew.
                if (one.IsGone) skipped.Add((one.Id, "no_address", null));
                else if (one.Status == "blocked") skipped.Add((one.Id, "blocked", null));
                else if (one.IsOut) skipped.Add((one.Id, "opted_out", null));
                else
                {
                    var (draft, missing, wrong) = content.Write(RecipientFields.Of(defaults, one, CampaignJson.Variables(one.Variables)));
                    if (draft is not null) good.Add(new(one.Id, Ids.New(change.Now), one.Handle, one.ContactId, one.IsMet, draft));
                    else skipped.Add(missing.Count > 0 ? (one.Id, "missing_variables", string.Join(", ", missing)) : (one.Id, "invalid_variables", wrong));
                }
            }
            var queued = good.Count == 0 ? 0 : await WriteAsync(change, tenant, row, good, skipped, cancellationToken);
            await SkipAsync(change, row, skipped, cancellationToken);
            // :: 8
            await CampaignCounts.AddAsync(change, row.Id, "queue", new Dictionary<string, int> { ["pending"] = -queued - skipped.Count, ["queued"] = queued, ["skipped"] = skipped.Count }, cancellationToken);
            return next.Count;
        }, cancellationToken);

    static async Task<int> WriteAsync(Change change, Guid tenant, CampaignRow row, List<Going> good, List<(Guid Id, string Reason, string? Detail)> skipped, CancellationToken cancellationToken)
    {
        await MeetAsync(change, row, [.. good.Where(one => !one.IsMet)], cancellationToken);
        var conversations = await FindConversationsAsync(change, row, good, cancellationToken);
        // Two rows may lead to one conversation: a number has more than one writing, and a person more than one card. It gets one message.
        var taken = (await change.ListAsync<Guid>("""
            select distinct conversation_id from messages where tenant_id = @tenant and conversation_id = any (@conversations) and occurred_at >= @since and author = @MessageAuthor
            """, new { conversations = conversations.Values.Select(one => one.Id).Distinct().ToArray(), since = row.StartedAt, row.MessageAuthor }, cancellationToken)).ToHashSet();
        var twice = good.Where(one => conversations.TryGetValue(one.Id, out var conversation) && !taken.Add(conversation.Id)).Select(one => one.Id).ToHashSet();
        skipped.AddRange(twice.Select(one => (one, "duplicate", (string?)null)));
        var going = good.Where(one => conversations.ContainsKey(one.Id) && !twice.Contains(one.Id)).ToList();
        // Another person has a conversation under that handle: it is not this one's any more.
        skipped.AddRange(good.Where(one => !conversations.ContainsKey(one.Id)).Select(one => (one.Id, "no_address", (string?)null)));
        if (going.Count == 0) return 0;
        await InsertAsync(change, row, going, conversations, cancellationToken);
        change.QueuesMessages = true;
        foreach (var one in going) change.Publish(new FeedEvent(tenant, "message.created", conversations[one.Id].Id, one.MessageId, conversations[one.Id].ContactId, row.IntegrationId));
        return going.Count;
    }

    // :: 4 Two that meet somebody at once meet at the identity's key.
    static Task<int> MeetAsync(Change change, CampaignRow row, List<Going> strangers, CancellationToken cancellationToken) => strangers.Count == 0 ? Task.FromResult(0) : change.ExecuteAsync("""
        with i as (
            insert into contact_identities (tenant_id, channel, handle, number_key, contact_id, created_at)
            select @tenant, @Channel, x.handle, x.number_key, x.id, @now
            from unnest(@handles::text[], @keys::text[], @ids::uuid[]) as x (handle, number_key, id)
            order by x.handle
            on conflict do nothing
            returning contact_id, handle
        )
        insert into contacts (tenant_id, id, phone, created_at, updated_at)
        select @tenant, i.contact_id, case when i.handle like '+%' then i.handle end, @now, @now from i
        where i.contact_id <> all (@known)   -- of whom only the number was known, the address is new
        """, new
    {
        row.Channel, now = change.Now, handles = strangers.Select(one => one.Handle).ToArray(), keys = strangers.Select(one => PhoneNumbers.Key(one.Handle)).ToArray(), ids = strangers.Select(one => one.ContactId ?? Ids.New(change.Now)).ToArray(), known = strangers.Where(one => one.ContactId is not null).Select(one => one.ContactId!.Value).ToArray(),
    }, cancellationToken);

    // :: 5 A new one is closed until somebody answers in it: a million of them are nobody's work.
    static async Task<Dictionary<Guid, (Guid Id, Guid ContactId)>> FindConversationsAsync(Change change, CampaignRow row, List<Going> good, CancellationToken cancellationToken)
    {
        // The number may be known in another writing by now: that one is theirs.
        var arguments = new
        {
            row.IntegrationId, row.Channel, now = change.Now, recipients = good.Select(one => one.Id).ToArray(), handles = good.Select(one => one.Handle).ToArray(), keys = good.Select(one => PhoneNumbers.Key(one.Handle)).ToArray(),
            ids = good.Select(_ => Ids.New(change.Now)).ToArray(),
        };
        // A contact has few conversations and an account has a million: "offset 0" has each contact's looked at alone, also where the planner does not know that yet.
        const string theirs = "(select * from conversations where tenant_id = @tenant and contact_id = x.contact_id offset 0)";
        const string people = """
            p as materialized (
                select x.recipient, x.id, coalesce(i.handle, o.handle) as handle, coalesce(i.contact_id, o.contact_id) as contact_id, case when i.handle is null then o.merge_id else i.merge_id end as merge_id
                from unnest(@recipients::uuid[], @handles::text[], @keys::text[], @ids::uuid[]) as x (recipient, handle, number_key, id)
                left join contact_identities i on i.tenant_id = @tenant and i.channel = @Channel and i.handle = x.handle
                left join contact_identities o on i.handle is null and o.tenant_id = @tenant and o.channel = @Channel and o.number_key = x.number_key
            )
            """;
        await change.ExecuteAsync($"""
            with {people}
            insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, status, is_routed, last_message_at, created_at, updated_at)
            select @tenant, x.id, x.contact_id, @IntegrationId, @Channel, x.handle, x.handle, 'closed', true, @now, @now, @now
            from p x
            where x.contact_id is not null
              and not exists (select 1 from {theirs} c where c.integration_id = @IntegrationId and {ConversationOf.Handle})
            order by x.handle
            on conflict (tenant_id, integration_id, thread_id) do nothing
            """, arguments, cancellationToken);
        return (await change.ListAsync<(Guid Recipient, Guid Conversation, Guid Contact)>($"""
            with {people}
            select distinct on (x.recipient) x.recipient, c.id, c.contact_id
            from p x
            join lateral {theirs} c on c.integration_id = @IntegrationId and {ConversationOf.Handle}
            order by x.recipient, c.is_thread desc, c.last_message_at desc, c.id
            """, arguments, cancellationToken)).ToDictionary(one => one.Recipient, one => (one.Conversation, one.Contact));
    }

    // :: 6 Conversations before messages, in the order of their ids: as everybody takes these locks who writes many. :: 7
    static async Task InsertAsync(Change change, CampaignRow row, List<Going> going, Dictionary<Guid, (Guid Id, Guid ContactId)> conversations, CancellationToken cancellationToken)
    {
        var talks = going.GroupBy(one => conversations[one.Id].Id).Select(group => (Id: group.Key, Count: group.Count(), Preview: group.Last().Draft.Content ?? group.Last().Draft.Type)).OrderBy(talk => talk.Id).ToList();
        await change.ExecuteAsync("select id from conversations where tenant_id = @tenant and id = any (@ids) order by id for no key update", new { ids = talks.Select(talk => talk.Id).ToArray() }, cancellationToken);
        // Each message has a row of the campaign's file, which they all name.
        var file = going[0].Draft;
        await change.ExecuteAsync($"""
            update conversations c set
                last_message_at = greatest(c.last_message_at, @now), last_message_preview = left(x.preview, 140), last_message_direction = 'outbound', message_count = c.message_count + x.n, updated_at = @now
            from unnest(@talks::uuid[], @counts::int[], @previews::text[]) as x (id, n, preview)
            where c.tenant_id = @tenant and c.id = x.id;
            insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, metadata, status, author, priority, occurred_at, created_at)
            select @tenant, x.message, x.conversation, x.contact, @IntegrationId, @Channel, 'outbound', x.type, x.content, x.metadata::jsonb, 'queued', @MessageAuthor, @bulk, @now, @now
            from unnest(@messages::uuid[], @conversations::uuid[], @contacts::uuid[], @types::text[], @contents::text[], @metadata::text[]) as x (message, conversation, contact, type, content, metadata);
            {(file.AttachmentId is null ? "" : FilesSql)}
            update campaign_recipients r set status = 'queued', message_id = x.message, updated_at = @now
            from unnest(@recipients::uuid[], @messages::uuid[]) as x (recipient, message)
            where r.tenant_id = @tenant and r.campaign_id = @Id and r.id = x.recipient and r.status = 'pending'
            """, new
        {
            row.Id, row.IntegrationId, row.Channel, row.MessageAuthor, bulk = OutboxStore.Bulk, now = change.Now,
            talks = talks.Select(talk => talk.Id).ToArray(), counts = talks.Select(talk => talk.Count).ToArray(), previews = talks.Select(talk => talk.Preview).ToArray(),
            recipients = going.Select(one => one.Id).ToArray(), messages = going.Select(one => one.MessageId).ToArray(), conversations = going.Select(one => conversations[one.Id].Id).ToArray(),
            contacts = going.Select(one => conversations[one.Id].ContactId).ToArray(), types = going.Select(one => one.Draft.Type).ToArray(), contents = going.Select(one => one.Draft.Content).ToArray(),
            metadata = going.Select(one => one.Draft.Metadata?.ToJsonString()).ToArray(), file = file.AttachmentId, kind = file.FileKind, files = file.AttachmentId is null ? [] : going.Select(_ => Ids.New(change.Now)).ToArray(),
        }, cancellationToken);
    }

    const string FilesSql = """
        insert into attachments (tenant_id, id, message_id, kind, status, mime_type, file_name, size, sha256, author, created_at, stored_at)
        select @tenant, x.id, x.message, @kind, f.status, f.mime_type, f.file_name, f.size, f.sha256, f.author, @now, f.stored_at
        from unnest(@files::uuid[], @messages::uuid[]) as x (id, message)
        cross join attachments f
        where f.tenant_id = @tenant and f.id = @file;
        """;

    static Task<int> SkipAsync(Change change, CampaignRow row, List<(Guid Id, string Reason, string? Detail)> skipped, CancellationToken cancellationToken) => skipped.Count == 0 ? Task.FromResult(0) : change.ExecuteAsync("""
        update campaign_recipients r set status = 'skipped', reason = x.reason, detail = x.detail, updated_at = @now
        from unnest(@ids::uuid[], @reasons::text[], @details::text[]) as x (id, reason, detail)
        where r.tenant_id = @tenant and r.campaign_id = @Id and r.id = x.id and r.status = 'pending'
        """, new { row.Id, now = change.Now, ids = skipped.Select(one => one.Id).ToArray(), reasons = skipped.Select(one => one.Reason).ToArray(), details = skipped.Select(one => one.Detail).ToArray() }, cancellationToken);

    /// <summary>The hours are over, or begin again: what is queued goes out of the senders' sight, or into it. False when it does not run any more.</summary>
    /// <param name="until">Null: it sends.</param>
    public Task<bool> WaitAsync(Guid tenant, CampaignRow row, DateTimeOffset? until, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var changed = await change.ExecuteAsync("update campaigns set waits_until = @until, updated_at = @now where tenant_id = @tenant and id = @Id and status = 'running' and version = @Version",
                new { row.Id, row.Version, until, now = change.Now }, cancellationToken);
            if (changed == 0) return false;
            if (until is null) await CampaignStore.UnparkAsync(change, tenant, row, cancellationToken);
            else await CampaignStore.ParkAsync(change, tenant, row, cancellationToken);
            change.Publish(new FeedEvent(tenant, "campaign.updated"));
            return true;
        }, cancellationToken);

    /// <summary>After a stop, or at the end of the hours: what came back into the queue meanwhile is held, or taken back. True when a sender still has some of it in its hands;
    /// that is asked before, because an outcome may put it back at any moment: then whoever comes next finds it.</summary>
    public Task<bool> SettleAsync(Guid tenant, CampaignRow row, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var state = await change.FindAsync<string>("select case when status = 'running' and waits_until is not null then 'paused' else status end from campaigns where tenant_id = @tenant and id = @Id for no key update", new { row.Id }, cancellationToken);
            var isSending = await change.FindAsync<bool>("select exists (select 1 from messages where tenant_id = @tenant and integration_id = @IntegrationId and status = 'sending' and author = @MessageAuthor)", new { row.IntegrationId, row.MessageAuthor }, cancellationToken);
            if (state == CampaignState.Paused) await CampaignStore.ParkAsync(change, tenant, row, cancellationToken);
            else if (state == CampaignState.Cancelled) await CampaignStore.RecallAsync(change, tenant, row, cancellationToken);
            else return false;
            return isSending;
        }, cancellationToken);

    /// <summary>Those who waited for their turn in a campaign that was cancelled. How many: a piece at a time.</summary>
    public Task<int> ClearAsync(Guid tenant, CampaignRow row, int most, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            if (await change.FindAsync<string>("select status from campaigns where tenant_id = @tenant and id = @Id for no key update", new { row.Id }, cancellationToken) != CampaignState.Cancelled) return 0;
            var cleared = await change.ExecuteAsync("""
                update campaign_recipients r set status = 'cancelled', reason = 'cancelled', updated_at = @now
                from (
                    select id from campaign_recipients where tenant_id = @tenant and campaign_id = @Id and status = 'pending' order by id limit @most for no key update
                ) x
                where r.tenant_id = @tenant and r.campaign_id = @Id and r.id = x.id and r.status = 'pending'
                """, new { row.Id, most, now = change.Now }, cancellationToken);
            await CampaignCounts.AddAsync(change, row.Id, "queue", new Dictionary<string, int> { ["pending"] = -cleared, ["cancelled"] = cleared }, cancellationToken);
            if (cleared > 0) change.Publish(new FeedEvent(tenant, "campaign.updated"));
            return cleared;
        }, cancellationToken);

    sealed record Going(Guid Id, Guid MessageId, string Handle, Guid? ContactId, bool IsMet, MessageDraft Draft);

    sealed class NextRow : ContactFacts
    {
        public Guid Id { get; init; }
        public string Handle { get; init; } = "";
        public string? Variables { get; init; }
        public Guid? ContactId { get; init; }
        public bool IsMet { get; init; }
        public bool IsGone { get; init; }
        public bool IsOut { get; init; }
        public string? Status { get; init; }
    }
}
