using System.Security.Cryptography;
using System.Text.Json;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Media;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Demo;

/// <summary>Three months of believable conversations in one tenant: people of many languages, files, things that went wrong.
/// The same each time, but for the date.</summary>
internal sealed class DemoSeed(IntegrationStore integrations, IMediaStorage storage, Incoming incoming, TenantDatabase database, TimeProvider time)
{
    const int Days = 90;
    readonly Random _random = new(42);
    readonly List<Person> _people = [];
    readonly List<Line> _lines = [];
    readonly List<Threaded> _conversations = [];
    DateTimeOffset _now;

    sealed record Script(string[][] People, Dictionary<string, string[][][]> Dialogues);
    sealed record Person(Guid Id, string Name, string Handle, string Language);
    sealed record Threaded(Guid Id, Person Person, Guid Integration, string Status, DateTimeOffset? SnoozedUntil, int Unread);
    sealed record Line(Guid Id, Threaded Conversation, bool Inbound, string Type, string? Content, string? Metadata, DateTimeOffset At, string Status, SendFailure? Failure, StoredFile? File);
    sealed record StoredFile(string Sha256, long Size, string MimeType, string? Name);

    /// <summary>The accounts at which these conversations are.</summary>
    public static IReadOnlyList<DemoAccount> Accounts { get; } = [.. DemoAccount.All.Take(2)];

    /// <returns>How many conversations and messages there are now.</returns>
    public async Task<(int Conversations, int Messages)> WriteAsync(Guid tenant, string providerUrl, CancellationToken cancellationToken)
    {
        _now = time.GetUtcNow();
        var accounts = new List<Guid>();
        foreach (var account in Accounts)
            accounts.Add((await integrations.CreateAsync(tenant, account.Provider, account.Name, account.At(providerUrl), null, cancellationToken)
                ?? throw new InvalidOperationException("This tenant has sample conversations already.")).Id);

        var script = JsonSerializer.Deserialize<Script>(Resource(), JsonSerializerOptions.Web)!;
        foreach (var person in script.People) _people.Add(new(Ids.New(_now), person[0], person[1], person[2]));
        for (var n = 0; n < _people.Count; n++)
        {
            var person = _people[n];
            var dialogues = script.Dialogues[person.Language];
            // A third of the people come to both accounts, some of them several times; the newest few are waiting for an answer.
            await TalkAsync(tenant, person, accounts[0], dialogues, n);
            if (n % 3 == 0) await TalkAsync(tenant, person, accounts[1], dialogues, n + 100);
        }
        await SaveAsync(tenant, cancellationToken);
        return (_conversations.Count, _lines.Count);
    }

    async Task TalkAsync(Guid tenant, Person person, Guid integration, string[][][] dialogues, int n)
    {
        var visits = 1 + _random.Next(4);
        var waiting = n % 7 == 0;
        var status = waiting || n % 5 < 2 ? "open" : n % 5 == 2 ? "archived" : "closed";
        var conversation = new Threaded(Ids.New(_now.AddDays(-Days)), person, integration, status, n % 11 == 4 ? _now.AddHours(20) : null, waiting ? 1 : 0);
        _conversations.Add(conversation);
        var starts = Enumerable.Range(0, visits).Select(_ => _now.AddDays(-Days * _random.NextDouble())).Order().ToList();
        if (waiting) starts[^1] = _now.AddMinutes(-_random.Next(5, 600));
        for (var visit = 0; visit < visits; visit++)
        {
            var isLast = visit == visits - 1;
            var at = starts[visit];
            var dialogue = dialogues[(n + visit) % dialogues.Length];
            foreach (var line in isLast && waiting ? dialogue.Take(1) : dialogue)
            {
                at = at.AddSeconds(_random.Next(15, 240));
                if (at >= _now) at = _now.AddSeconds(-1);
                _lines.Add(await LineAsync(tenant, conversation, line[0] == "c", line[1], at, isLast));
            }
        }
    }

    async Task<Line> LineAsync(Guid tenant, Threaded conversation, bool inbound, string text, DateTimeOffset at, bool isNew)
    {
        var (type, content) = text.IndexOf(':') is > 0 and <= 8 and var colon && text[..colon] is "image" or "document" or "audio" or "location" ? (text[..colon], text[(colon + 1)..]) : ("text", text);
        content = content.Replace("{name}", conversation.Person.Name.Split(' ')[0]);
        var file = type switch
        {
            "image" => await KeepAsync(tenant, DemoFiles.Picture(_lines.Count + 1), "image/png", null),
            "document" => await KeepAsync(tenant, DemoFiles.Document($"Aurora, document {1000 + _lines.Count}"), "application/pdf", $"aurora-{1000 + _lines.Count}.pdf"),
            "audio" => await KeepAsync(tenant, DemoFiles.Voice(), "audio/wav", null),
            _ => null,
        };
        var metadata = type switch
        {
            "location" => """{"latitude":53.5436,"longitude":9.9667,"name":"Hafenstraße 12","address":"Hamburg"}""",
            "audio" => """{"voice":true}""",
            _ => null,
        };
        // Most answers are read; a few failed, one in a hundred could not be confirmed.
        var dice = _random.Next(100);
        var failure = inbound ? null : dice switch { 0 or 1 => SendFailure.WindowClosed, 2 => SendFailure.RecipientUnreachable, 3 => SendFailure.OutcomeUnknown, _ => null };
        var status = inbound ? "delivered" : failure is null ? (isNew && dice < 20 ? "delivered" : "read") : failure == SendFailure.OutcomeUnknown ? "unknown" : "failed";
        return new(Ids.New(at), conversation, inbound, type, content.Length == 0 ? null : content, metadata, at, status, failure, file);
    }

    async Task<StoredFile> KeepAsync(Guid tenant, byte[] bytes, string mimeType, string? name)
    {
        await using var file = incoming.New(bytes.Length);
        await file.WriteAsync(bytes);
        await file.CompleteAsync(CancellationToken.None);
        await storage.PutAsync(new(tenant, file.Sha256), file.FilePath, CancellationToken.None);
        return new(Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length, mimeType, name);
    }

    Task<bool> SaveAsync(Guid tenant, CancellationToken cancellationToken) => database.ChangeAsync(tenant, async change =>
    {
        await change.ExecuteAsync("""
            insert into contacts (tenant_id, id, name, phone, created_at, updated_at)
            select @tenant, x.id, x.name, x.handle, @began, @began from unnest(@ids::uuid[], @names::text[], @handles::text[]) as x (id, name, handle);
            insert into contact_identities (tenant_id, channel, handle, contact_id, created_at)
            select @tenant, 'whatsapp', x.handle, x.id, @began from unnest(@ids::uuid[], @handles::text[]) as x (id, handle)
            """, new
        {
            began = _now.AddDays(-Days), ids = _people.Select(person => person.Id).ToArray(), names = _people.Select(person => person.Name).ToArray(), handles = _people.Select(person => person.Handle).ToArray(),
        }, cancellationToken);
        var last = _lines.GroupBy(line => line.Conversation.Id).ToDictionary(group => group.Key, group => group.MaxBy(line => line.At)!);
        var heard = _lines.Where(line => line.Inbound).GroupBy(line => line.Conversation.Id).ToDictionary(group => group.Key, group => group.Max(line => line.At));
        await change.ExecuteAsync("""
            insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, status, is_read, unread_count, snoozed_until,
                last_message_at, last_message_preview, last_message_direction, last_inbound_at, message_count, created_at, updated_at)
            select @tenant, x.id, x.contact_id, x.integration_id, 'whatsapp', x.handle, x.handle, x.status, x.unread = 0, x.unread, x.snoozed, x.last, left(x.preview, 140), x.direction, x.heard, x.messages, @began, x.last
            from unnest(@ids::uuid[], @contacts::uuid[], @accounts::uuid[], @handles::text[], @statuses::text[], @unreads::int[], @snoozed::timestamptz[], @lasts::timestamptz[], @previews::text[], @directions::text[], @heards::timestamptz[], @messages::int[])
                as x (id, contact_id, integration_id, handle, status, unread, snoozed, last, preview, direction, heard, messages)
            """, new
        {
            began = _now.AddDays(-Days),
            ids = _conversations.Select(one => one.Id).ToArray(), contacts = _conversations.Select(one => one.Person.Id).ToArray(), accounts = _conversations.Select(one => one.Integration).ToArray(),
            handles = _conversations.Select(one => one.Person.Handle).ToArray(), statuses = _conversations.Select(one => one.Status).ToArray(), unreads = _conversations.Select(one => one.Unread).ToArray(),
            snoozed = _conversations.Select(one => one.SnoozedUntil).ToArray(), lasts = _conversations.Select(one => last[one.Id].At).ToArray(),
            previews = _conversations.Select(one => last[one.Id].Content ?? last[one.Id].Type).ToArray(), directions = _conversations.Select(one => last[one.Id].Inbound ? "inbound" : "outbound").ToArray(),
            heards = _conversations.Select(one => heard[one.Id]).ToArray(), messages = _conversations.Select(one => _lines.Count(line => line.Conversation.Id == one.Id)).ToArray(),
        }, cancellationToken);
        await change.ExecuteAsync("""
            insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, metadata, external_message_id, status, author, attempt, claimed_at,
                failure_code, error_code, error_message, sent_at, delivered_at, read_at, failed_at, occurred_at, created_at)
            select @tenant, x.id, x.conversation_id, x.contact_id, x.integration_id, 'whatsapp', x.direction, x.type, x.content, x.metadata::jsonb, x.external_id, x.status, x.author,
                case when x.direction = 'outbound' then 1 else 0 end, case when x.direction = 'outbound' then x.at end, x.failure, x.failure, x.words,
                case when x.status in ('delivered', 'read') and x.direction = 'outbound' then x.at end, case when x.status in ('delivered', 'read') then x.at end,
                case when x.status = 'read' then x.at end, case when x.status = 'failed' then x.at end, x.at, x.at
            from unnest(@ids::uuid[], @conversations::uuid[], @contacts::uuid[], @accounts::uuid[], @directions::text[], @types::text[], @contents::text[], @metadata::text[], @externals::text[],
                @statuses::text[], @authors::text[], @failures::text[], @words::text[], @ats::timestamptz[])
                as x (id, conversation_id, contact_id, integration_id, direction, type, content, metadata, external_id, status, author, failure, words, at)
            """, new
        {
            ids = _lines.Select(line => line.Id).ToArray(), conversations = _lines.Select(line => line.Conversation.Id).ToArray(), contacts = _lines.Select(line => line.Conversation.Person.Id).ToArray(),
            accounts = _lines.Select(line => line.Conversation.Integration).ToArray(), directions = _lines.Select(line => line.Inbound ? "inbound" : "outbound").ToArray(), types = _lines.Select(line => line.Type).ToArray(),
            contents = _lines.Select(line => line.Content).ToArray(), metadata = _lines.Select(line => line.Metadata).ToArray(),
            externals = _lines.Select(line => line.Failure is null ? $"wamid.demo.{line.Id:N}" : null).ToArray(), statuses = _lines.Select(line => line.Status).ToArray(),
            authors = _lines.Select(line => line.Inbound ? "contact" : "provider").ToArray(), failures = _lines.Select(line => line.Failure?.Code).ToArray(), words = _lines.Select(line => line.Failure?.Words).ToArray(),
            ats = _lines.Select(line => line.At).ToArray(),
        }, cancellationToken);
        var files = _lines.Where(line => line.File is not null).ToList();
        await change.ExecuteAsync("""
            insert into attachments (tenant_id, id, message_id, kind, status, mime_type, file_name, size, sha256, created_at, stored_at)
            select @tenant, x.id, x.id, x.kind, 'stored', x.type, x.name, x.size, x.sha256, x.at, x.at
            from unnest(@ids::uuid[], @kinds::text[], @types::text[], @names::text[], @sizes::bigint[], @digests::text[], @ats::timestamptz[]) as x (id, kind, type, name, size, sha256, at)
            """, new
        {
            ids = files.Select(line => line.Id).ToArray(), kinds = files.Select(line => line.Type).ToArray(), types = files.Select(line => line.File!.MimeType).ToArray(), names = files.Select(line => line.File!.Name).ToArray(),
            sizes = files.Select(line => line.File!.Size).ToArray(), digests = files.Select(line => line.File!.Sha256).ToArray(), ats = files.Select(line => line.At).ToArray(),
        }, cancellationToken);
        await change.ExecuteAsync("""
            insert into message_statuses (tenant_id, integration_id, external_message_id, status, message_id, occurred_at, created_at)
            select m.tenant_id, m.integration_id, m.external_message_id, s.status, m.id, m.occurred_at, m.occurred_at
            from messages m
            cross join unnest(array['sent', 'delivered', 'read']) as s (status)
            where m.tenant_id = @tenant and m.direction = 'outbound' and m.external_message_id is not null and (s.status <> 'read' or m.status = 'read')
            """, null, cancellationToken);
        // People react, correct themselves, take things back, and answer a certain message.
        await change.ExecuteAsync("""
            with n as (
                select m.id, m.direction, m.type, m.status, c.handle, m.occurred_at, row_number() over (order by m.occurred_at, m.id) as n,
                    lag(m.external_message_id) over (partition by m.conversation_id order by m.occurred_at, m.id) as before,
                    lag(m.direction) over (partition by m.conversation_id order by m.occurred_at, m.id) as direction_before
                from messages m
                join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
                where m.tenant_id = @tenant
            )
            update messages m set
                reactions = case when n.direction = 'outbound' and n.status = 'read' and n.n % 9 = 0
                    then jsonb_build_array(jsonb_build_object('handle', n.handle, 'emoji', (array['👍', '❤️', '🙏', '😂'])[1 + n.n % 4], 'at', n.occurred_at)) end,
                edited_at = case when n.direction = 'inbound' and n.type = 'text' and n.n % 41 = 0 then n.occurred_at + interval '1 minute' end,
                deleted_at = case when n.direction = 'inbound' and n.type = 'text' and n.n % 67 = 0 then n.occurred_at + interval '2 minutes' end,
                reply_to = case when n.direction = 'outbound' and n.direction_before = 'inbound' and n.n % 6 = 0 then n.before end
            from n
            where m.tenant_id = @tenant and m.id = n.id
            """, null, cancellationToken);
        // Written without a line in the feed: the reports count from the beginning.
        var done = _conversations.Where(one => one.Status != "open").ToList();
        await change.ExecuteAsync("""
            insert into closings (tenant_id, id, conversation_id, integration_id, channel, began_at, closed_at)
            select @tenant, x.id, c.id, c.integration_id, c.channel, (
                select max(r.occurred_at) from (
                    select m.occurred_at, m.occurred_at - lag(m.occurred_at) over (order by m.occurred_at, m.id) as pause, m.direction
                    from messages m where m.tenant_id = @tenant and m.conversation_id = c.id
                ) r where r.direction = 'inbound' and coalesce(r.pause, interval '1 day') >= interval '6 hours'
            ), c.last_message_at + interval '5 minutes'
            from unnest(@ids::uuid[], @conversations::uuid[]) as x (id, conversation_id)
            join conversations c on c.tenant_id = @tenant and c.id = x.conversation_id
            """, new { ids = done.Select(_ => Ids.New(_now)).ToArray(), conversations = done.Select(one => one.Id).ToArray() }, cancellationToken);
        await change.ExecuteAsync("delete from count_cursors where tenant_id = @tenant", null, cancellationToken);
        return true;
    }, cancellationToken);

    static string Resource()
    {
        using var reader = new StreamReader(typeof(DemoSeed).Assembly.GetManifestResourceStream("conversations.json")!);
        return reader.ReadToEnd();
    }
}
