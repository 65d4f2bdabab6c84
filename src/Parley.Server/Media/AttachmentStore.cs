using Parley.Server.Feed;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Media;

/// <summary>A file of a message, or one that was uploaded and not sent yet.</summary>
/// <param name="Kind">image, video, audio, document or sticker.</param>
/// <param name="Status">pending (still with the provider), stored, or failed.</param>
/// <param name="MimeType">Once stored: what the bytes say.</param>
/// <param name="Error">Why it is not here yet, or will not be.</param>
/// <param name="Url">Where its bytes are, for those who may see the message.</param>
public sealed record AttachmentView(Guid Id, Guid? MessageId, string Kind, string Status, string? MimeType, string? FileName, long? Size, string? Sha256, string? Error, string Url)
{
    /// <summary>The same in SQL, of attachments as a.</summary>
    internal const string Json = """
        jsonb_build_object('id', a.id, 'message_id', a.message_id, 'kind', a.kind, 'status', a.status, 'mime_type', a.mime_type, 'file_name', a.file_name,
                'size', a.size, 'sha256', a.sha256, 'error', a.error, 'url', '/api/attachments/' || a.id || '/content')
        """;

    internal static AttachmentView From(AttachmentRow row) =>
        new(row.Id, row.MessageId, row.Kind, row.Status, row.MimeType, row.FileName, row.Size, row.Sha256, row.Error, $"/api/attachments/{row.Id}/content");
}

/// <summary>All SQL of attachments, but for those that the ingest batch inserts with its messages.</summary>
internal sealed class AttachmentStore(TenantDatabase database)
{
    const string Columns = "a.id, a.message_id, a.kind, a.status, a.mime_type, a.file_name, a.size, a.sha256, a.provider_id, a.provider_url, a.provider_sha256, a.error";

    public Task<AttachmentRow?> FindAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<AttachmentRow>(tenant, $"select {Columns} from attachments a where a.tenant_id = @tenant and a.id = @id", new { id }, cancellationToken);

    /// <summary>Whether something of the tenant has these bytes: a message, an upload, or an import that can still be read.</summary>
    public Task<bool> IsNamedAsync(Guid tenant, string sha256, CancellationToken cancellationToken) =>
        database.FindAsync<bool>(tenant, """
            select exists (select 1 from attachments where tenant_id = @tenant and sha256 = @sha256) or exists (select 1 from contact_imports where tenant_id = @tenant and sha256 = @sha256)
            """, new { sha256 }, cancellationToken);

    /// <summary>With the integration that it came through.</summary>
    public Task<FetchRow?> FindToFetchAsync(Guid tenant, Guid id, CancellationToken cancellationToken) =>
        database.FindAsync<FetchRow>(tenant, $"""
            select {Columns}, m.integration_id, m.conversation_id, m.contact_id
            from attachments a
            join messages m on m.tenant_id = a.tenant_id and m.id = a.message_id
            where a.tenant_id = @tenant and a.id = @id
            """, new { id }, cancellationToken);

    public Task<AttachmentRow> AddUploadAsync(Guid tenant, string kind, string mimeType, string? fileName, long size, string sha256, string author, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change => (await change.FindAsync<AttachmentRow>($"""
            insert into attachments as a (tenant_id, id, kind, status, mime_type, file_name, size, sha256, author, created_at, stored_at)
            values (@tenant, @id, @kind, 'stored', @mimeType, @fileName, @size, @sha256, @author, @now, @now)
            returning {Columns}
            """, new { id = Ids.New(change.Now), kind, mimeType, fileName, size, sha256, author, now = change.Now }, cancellationToken))!, cancellationToken);

    /// <summary>The effect of a fetch that worked.</summary>
    public static Func<Change, Task> Stored(Guid tenant, FetchRow file, string mimeType, long size, string sha256) => async change =>
    {
        await change.ExecuteAsync("""
            update attachments set status = 'stored', mime_type = @mimeType, size = @size, sha256 = @sha256, error = null, stored_at = @now
            where tenant_id = @tenant and id = @Id
            """, new { file.Id, mimeType, size, sha256, now = change.Now }, CancellationToken.None);
        change.Publish(Updated(tenant, file));
    };

    /// <summary>The effect of one that did not: people see why.</summary>
    public static Func<Change, Task> Troubled(Guid tenant, FetchRow file, string error, bool isFinal) => async change =>
    {
        var changed = await change.ExecuteAsync("""
            update attachments set status = @status, error = @error
            where tenant_id = @tenant and id = @Id and status <> 'stored' and (status, error) is distinct from (@status, @error)
            """, new { file.Id, error, status = isFinal ? "failed" : "pending" }, CancellationToken.None);
        if (changed > 0) change.Publish(Updated(tenant, file));
    };

    /// <summary>It is not tried again by itself: what stood in the way last stays said.</summary>
    public static Func<Change, Task> GivenUp(Guid tenant, Guid id) => async change =>
    {
        if (await change.FindAsync<FetchRow>("""
            update attachments a set status = 'failed', error = coalesce(a.error, 'Fetching it broke off again and again.')
            from messages m
            where a.tenant_id = @tenant and a.id = @id and a.status = 'pending' and m.tenant_id = @tenant and m.id = a.message_id
            returning a.id, a.message_id, m.integration_id, m.conversation_id, m.contact_id
            """, new { id }, CancellationToken.None) is { } file) change.Publish(Updated(tenant, file));
    };

    static FeedEvent Updated(Guid tenant, FetchRow file) => new(tenant, "message.updated", file.ConversationId, file.MessageId, file.ContactId, file.IntegrationId);

    /// <summary>Puts one back into the queue: one that failed, or whose bytes are lost. Null when it is not here; otherwise whether
    /// there is anything to fetch.</summary>
    /// <param name="isLost">It says "stored", and the storage does not have it.</param>
    public Task<(AttachmentRow? File, bool Queued)> FetchAgainAsync(Guid tenant, Guid id, bool isLost, CancellationToken cancellationToken) =>
        database.ChangeAsync(tenant, async change =>
        {
            var file = await change.FindAsync<AttachmentRow>($"select {Columns} from attachments a where a.tenant_id = @tenant and a.id = @id for update", new { id }, cancellationToken);
            if (file is null || file.Status == "stored" && !isLost || file.MessageId is null || file.ProviderId is null && file.ProviderUrl is null) return (file, false);
            await change.ExecuteAsync("update attachments set status = 'pending' where tenant_id = @tenant and id = @id", new { id }, cancellationToken);
            await Jobs.JobStore.AddAsync(change, tenant, FetchMedia.JobType, id.ToString(), change.Now, cancellationToken);
            return (file, true);
        }, cancellationToken);

    /// <summary>An account's access was renewed: what could not be fetched in the last month is tried again.</summary>
    public static Task FetchAllAgainAsync(Change change, Guid integration, CancellationToken cancellationToken) =>
        change.ExecuteAsync("""
            with a as (
                update attachments a set status = 'pending'
                from messages m
                where a.tenant_id = @tenant and a.status in ('pending', 'failed') and a.created_at > @since and a.provider_id is not null
                  and m.tenant_id = a.tenant_id and m.id = a.message_id and m.integration_id = @integration
                returning a.id
            )
            insert into scheduled_jobs (tenant_id, id, type, key, status, scheduled_at, created_at, updated_at)
            select @tenant, gen_random_uuid(), 'media.fetch', id::text, 'waiting', @now, @now, @now from a
            on conflict (tenant_id, type, key) do update set status = 'waiting', attempts = 0, scheduled_at = excluded.scheduled_at, updated_at = excluded.updated_at
                where scheduled_jobs.status <> 'running'
            """, new { integration, since = change.Now - TimeSpan.FromDays(30), now = change.Now }, cancellationToken);

    /// <summary>Hangs a stored file on a message, in the caller's transaction: the upload itself when it is still free, otherwise
    /// another row of the same bytes.</summary>
    /// <param name="kind">As what it goes out.</param>
    /// <exception cref="FileGoneException">It was there when it was looked for, and was swept since: nothing leaves without its file.</exception>
    public static async Task AttachAsync(Change change, Guid message, Guid attachment, string kind, CancellationToken cancellationToken)
    {
        var taken = await change.ExecuteAsync("update attachments set message_id = @message, kind = @kind where tenant_id = @tenant and id = @attachment and message_id is null and campaign_id is null",
            new { message, kind, attachment }, cancellationToken);
        if (taken > 0) return;
        var copied = await change.ExecuteAsync("""
            insert into attachments (tenant_id, id, message_id, kind, status, mime_type, file_name, size, sha256, author, created_at, stored_at)
            select tenant_id, @id, @message, @kind, status, mime_type, file_name, size, sha256, author, @now, stored_at
            from attachments
            where tenant_id = @tenant and id = @attachment
            """, new { id = Ids.New(change.Now), message, kind, attachment, now = change.Now }, cancellationToken);
        if (copied == 0) throw new FileGoneException();
    }

    /// <summary>Gives a stored file to a campaign, in the caller's transaction: the upload itself when it is still free, otherwise another row of the same bytes.
    /// The id of the campaign's row; null, and nothing is changed, when the file is not here.</summary>
    /// <param name="kind">As what it goes out; null: as it did.</param>
    public static async Task<Guid?> GiveAsync(Change change, Guid campaign, Guid attachment, string? kind, CancellationToken cancellationToken)
    {
        // Locked, so that it is not swept meanwhile.
        if (!await change.FindAsync<bool>("select true from attachments where tenant_id = @tenant and id = @attachment and status = 'stored' for update", new { attachment }, cancellationToken)) return null;
        await LetGoAsync(change, campaign, attachment, cancellationToken);
        var taken = await change.ExecuteAsync("""
            update attachments set campaign_id = @campaign, kind = coalesce(@kind, kind)
            where tenant_id = @tenant and id = @attachment and message_id is null and (campaign_id is null or campaign_id = @campaign)
            """, new { campaign, kind, attachment }, cancellationToken);
        if (taken > 0) return attachment;
        var id = Ids.New(change.Now);
        await change.ExecuteAsync("""
            insert into attachments (tenant_id, id, campaign_id, kind, status, mime_type, file_name, size, sha256, author, created_at, stored_at)
            select tenant_id, @id, @campaign, coalesce(@kind, kind), status, mime_type, file_name, size, sha256, author, @now, stored_at
            from attachments
            where tenant_id = @tenant and id = @attachment
            """, new { id, campaign, kind, attachment, now = change.Now }, cancellationToken);
        return id;
    }

    /// <summary>The campaign's file is a free upload again, which goes when nobody sends it.</summary>
    /// <param name="but">The one that it keeps.</param>
    public static Task LetGoAsync(Change change, Guid campaign, Guid? but, CancellationToken cancellationToken) =>
        change.ExecuteAsync("update attachments set campaign_id = null where tenant_id = @tenant and campaign_id = @campaign and id is distinct from @but", new { campaign, but }, cancellationToken);

    /// <summary>What the provider calls a file that it was given, while it keeps it.</summary>
    public Task<string?> FindAtProviderAsync(Guid tenant, Guid integration, string sha256, string kind, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.FindAsync<string>(tenant, """
            select provider_id from provider_media
            where tenant_id = @tenant and integration_id = @integration and sha256 = @sha256 and kind = @kind and expires_at > @now
            """, new { integration, sha256, kind, now }, cancellationToken);

    public Task RememberAtProviderAsync(Guid tenant, Guid integration, string sha256, string kind, string providerId, DateTimeOffset expires, CancellationToken cancellationToken) =>
        database.ExecuteAsync(tenant, """
            insert into provider_media (tenant_id, integration_id, sha256, kind, provider_id, expires_at)
            values (@tenant, @integration, @sha256, @kind, @providerId, @expires)
            on conflict (tenant_id, integration_id, sha256, kind) do update set provider_id = excluded.provider_id, expires_at = excluded.expires_at
            """, new { integration, sha256, kind, providerId, expires }, cancellationToken);

    /// <summary>The provider says that it does not have it: the next send gives it anew.</summary>
    public Task ForgetAtProviderAsync(Guid tenant, Guid integration, string sha256, CancellationToken cancellationToken) =>
        database.ExecuteAsync(tenant, "delete from provider_media where tenant_id = @tenant and integration_id = @integration and sha256 = @sha256", new { integration, sha256 }, cancellationToken);
}

/// <summary>A file that somebody names is not here any more.</summary>
internal sealed class FileGoneException() : Exception("The file is not here any more: upload it again.");

internal class AttachmentRow
{
    public Guid Id { get; init; }
    public Guid? MessageId { get; init; }
    public string Kind { get; init; } = "";
    public string Status { get; init; } = "";
    public string? MimeType { get; init; }
    public string? FileName { get; init; }
    public long? Size { get; init; }
    public string? Sha256 { get; init; }
    public string? ProviderId { get; init; }
    public string? ProviderUrl { get; init; }
    public string? ProviderSha256 { get; init; }
    public string? Error { get; init; }
}

internal sealed class FetchRow : AttachmentRow
{
    public Guid IntegrationId { get; init; }
    public Guid ConversationId { get; init; }
    public Guid ContactId { get; init; }
}
