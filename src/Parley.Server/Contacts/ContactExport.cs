using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Audit;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Database;
using Parley.Server.Platform.Http;
using Parley.Server.Search;

namespace Parley.Server.Contacts;

/// <summary>Contacts as CSV, in the list's order and with its filters, page by page as they are read: nothing is collected.</summary>
internal static class ContactExport
{
    const int PageSize = 500, FoundAtOnce = 50_000;   // a search finds all at once, so it is not asked for each page
    static readonly string[] Columns =
        ["id", "name", "phone", "email", "external_ref", "status", "notes", "instagram", "facebook", "linkedin", "twitter", "telegram", "metadata", "identities", "opted_out", "created_at"];

    public static async Task<IResult> RunAsync(
        Caller caller, HttpContext http, ContactStore store, ContactSearch contacts, SearchStore search, TenantDatabase database, [AsParameters] ContactQuery query, CancellationToken cancellationToken)
    {
        var (filter, wrong) = await query.ReadAsync(search, caller.Sight, cancellationToken);
        if (filter is null) return wrong!;
        await database.ChangeAsync(caller.TenantId, change =>
        {
            change.Audit(AuditEntry.Of(caller.TenantId, "contact.exported", "contact", null, after: query));
            return Task.FromResult(true);
        }, cancellationToken);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"contacts.csv\"";
        http.Response.Headers.CacheControl = "no-store";
        // The mark at the beginning is how spreadsheets know that it is UTF-8.
        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), 32 * 1024, leaveOpen: true);
        await writer.WriteAsync(CsvText.Row(Columns));
        Guid? before = null;
        while (!ReferenceEquals(filter, ContactQuery.Nothing))
        {
            var (ids, next) = await contacts.ListAsync(caller.TenantId, filter, before, FoundAtOnce, cancellationToken);
            foreach (var some in ids.Chunk(PageSize))
            {
                foreach (var contact in (await store.ListByIdsAsync(caller.TenantId, some, cancellationToken)).Reverse()) await writer.WriteAsync(CsvText.Row(Cells(contact)));
                await writer.FlushAsync(cancellationToken);
            }
            if (next is null) break;
            before = next;
        }
        return TypedResults.Empty;
    }

    static IEnumerable<string?> Cells(ContactView contact) =>
    [
        contact.Id.ToString(), contact.Name, contact.Phone, contact.Email, contact.ExternalRef, contact.Status, contact.Notes,
        .. ContactFields.SocialChannels.Select(channel => (string?)contact.SocialHandles?[channel]),
        contact.Metadata is JsonObject { Count: > 0 } metadata ? metadata.ToJsonString(Readable) : null,
        string.Join(' ', contact.Identities.Select(identity => $"{identity.Channel}:{identity.Handle}")),
        string.Join(' ', contact.Identities.Where(identity => identity.OptedOutAt is not null).Select(identity => $"{identity.Channel}:{identity.Handle}")),
        contact.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
    ];

    static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
