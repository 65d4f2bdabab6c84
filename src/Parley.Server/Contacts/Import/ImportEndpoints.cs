using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Jobs;
using Parley.Server.Media;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts.Import;

internal static class ImportEndpoints
{
    const long Limit = 100 * 1024 * 1024;
    const int Previewed = 20;

    public static void MapImports(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/contacts/imports").WithTags("Contact imports").RequireAuthorization(Policies.Viewer);
        read.MapGet("", List).WithSummary("Files of contacts, the newest first.");
        read.MapGet("/{id:guid}", Show).WithSummary("An import: its columns and first rows, and how far it is.").Produces<ImportView>();
        read.MapGet("/{id:guid}/errors", Errors).WithSummary("The rows that could not be taken, with the reasons, as a CSV file.").Produces(StatusCodes.Status200OK, contentType: "text/csv");

        var write = routes.MapGroup("/api/contacts/imports").WithTags("Contact imports").RequireAuthorization(Policies.Editor);
        write.MapPost("", Upload).WithSummary("Uploads a CSV file, its bytes as the body. Nothing is imported yet.").Produces<ImportView>(StatusCodes.Status201Created)
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(Limit));
        write.MapPost("/{id:guid}/check", Check).WithSummary("Reads the whole file with a mapping and says what would happen. Changes nothing.").Produces<ImportCheck>();
        write.MapPost("/{id:guid}/start", Start).WithSummary("Imports it, in the background.").Produces<ImportView>(StatusCodes.Status202Accepted);
        write.MapPost("/{id:guid}/cancel", Cancel).WithSummary("Stops it. What was imported stays.");
    }

    static async Task<Results<Ok<Page<ImportView>>, ValidationProblem>> List(
        Caller caller, ImportStore store, TimeProvider time, CancellationToken cancellationToken, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        var rows = await store.ListAsync(caller.TenantId, page.After, page.Size, cancellationToken);
        return TypedResults.Ok(Page<ImportView>.Of([.. rows.Select(row => ImportView.From(row, time.GetUtcNow()))], page.Size, import => new Cursor(import.CreatedAt, import.Id)));
    }

    static async Task<IResult> Show(Guid id, Caller caller, ImportStore store, IMediaStorage storage, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("import");
        var view = ImportView.From(row, time.GetUtcNow());
        if (row.State != "uploaded") return TypedResults.Ok(view);
        await using var stream = await OpenAsync(caller, row, storage, cancellationToken);
        var preview = new List<IReadOnlyList<string>>();
        await foreach (var one in CsvFile.ReadAsync(stream, row.Shape, cancellationToken).Skip(1).Take(Previewed).WithCancellation(cancellationToken))
            preview.Add([.. one.Cells.Select(Cut)]);
        return TypedResults.Ok(view with { Preview = preview, Countries = Countries });
    }

    static async Task<IResult> Upload(
        Caller caller, HttpContext http, Idempotency idempotency, IMediaStorage storage, Incoming incoming, TimeProvider time, CancellationToken cancellationToken, string? file_name = null)
    {
        if (http.Request.HasFormContentType) return Problems.Invalid("file", "Send the file's bytes as the body, not as a form.");
        await using var received = incoming.New(Limit);
        try { await http.Request.Body.CopyToAsync(received, cancellationToken); }
        catch (MediaTooLargeException) { return TypedResults.Problem($"The file is larger than the {Limit / 1024 / 1024} MB that can be imported at once.", statusCode: 413, title: "Too large"); }
        await received.CompleteAsync(cancellationToken);
        if (received.Length == 0) return Problems.Invalid("file", "The file is empty.");

        var (found, wrong) = await InspectAsync(received.FilePath, cancellationToken);
        if (found is null) return Problems.Invalid("file", wrong!);
        var (size, sha256) = (received.Length, received.Sha256);
        await storage.PutAsync(new(caller.TenantId, sha256), received.FilePath, cancellationToken);
        return await idempotency.RunAsync(http, caller.TenantId, new { sha256, file_name }, async change =>
        {
            var row = await ImportStore.AddAsync(change, FileKinds.SafeName(file_name), sha256, size, found, caller.Author, cancellationToken);
            return (new Answer(StatusCodes.Status201Created, idempotency.Json(ImportView.From(row, time.GetUtcNow())), $"/api/contacts/imports/{row.Id}"), null);
        }, cancellationToken);
    }

    static async Task<(ImportFile? File, string? Wrong)> InspectAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var shape = await CsvFile.DetectAsync(() => Task.FromResult<Stream>(File.OpenRead(path)), cancellationToken);
            await using var stream = File.OpenRead(path);
            string[]? head = null;
            string? warning = null;
            var rows = 0;
            await foreach (var row in CsvFile.ReadAsync(stream, shape, cancellationToken))
            {
                if (head is null && row.Wrong is { } wrong) return (null, $"The first row, which names the columns: {wrong}");
                if (head is null) head = [.. row.Cells.Select(cell => Texts.Wrong(cell, 200) is null ? cell.Trim() : "?")];
                else rows++;
                if (row.Wrong is not null) warning ??= $"Row {row.Number:N0}: {row.Wrong}";
            }
            return head is null || rows == 0 ? (null, "It has no rows: the first row names the columns, contacts follow.")
                : head.Length > CsvFile.MostColumns ? (null, $"At most {CsvFile.MostColumns} columns are possible; this has {head.Length}.")
                : (new(shape, head, rows, warning), null);
        }
        catch (CsvRowTooLongException tooLong)
        {
            return (null, $"It cannot be read as CSV: {tooLong.Message} Is a quotation mark missing?");
        }
    }

    static async Task<IResult> Check(Guid id, ImportRequest request, Caller caller, ImportStore store, IMediaStorage storage, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("import");
        if (CountryOf(request, out var country) is { } wrongCountry) return wrongCountry;
        var (mapping, wrong) = ImportMapping.Read(request.Mapping ?? JsonNode.Parse(row.Mapping)!.AsObject(), row.Head.Count, country);
        if (mapping is null) return Problems.Invalid("mapping", wrong!);
        await using var stream = await OpenAsync(caller, row, storage, cancellationToken);
        var (good, bad) = (0, 0);
        var errors = new List<ImportErrorView>();
        var preview = new List<JsonObject>();
        await foreach (var one in CsvFile.ReadAsync(stream, row.Shape, cancellationToken).Skip(1).WithCancellation(cancellationToken))
        {
            var taken = mapping.Take(one);
            if (taken.Errors.Count > 0)
            {
                bad++;
                if (errors.Count < 100) errors.Add(new(one.Number, [.. one.Cells.Select(Cut)], taken.Errors));
                continue;
            }
            good++;
            if (preview.Count < Previewed) preview.Add(Shown(taken.Fields));
        }
        return TypedResults.Ok(new ImportCheck(good + bad, good, bad, errors, preview));
    }

    static async Task<IResult> Start(Guid id, ImportRequest request, Caller caller, HttpContext http, Idempotency idempotency, ImportStore store, JobNews news, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("import");
        var chosen = request.Mapping ?? JsonNode.Parse(row.Mapping)!.AsObject();
        if (CountryOf(request, out var country) is { } wrongCountry) return wrongCountry;
        if (ImportMapping.Read(chosen, row.Head.Count, country) is { Wrong: { } wrong }) return Problems.Invalid("mapping", wrong);
        var answer = await idempotency.RunAsync(http, caller.TenantId, request, async change =>
            await ImportStore.StartAsync(change, caller.TenantId, id, chosen, country, request.UpdatesExisting ?? true, cancellationToken)
                ? (new Answer(StatusCodes.Status202Accepted, idempotency.Json(ImportView.From(row, time.GetUtcNow()) with { State = "running", Mapping = chosen.DeepClone(), Country = country, UpdatesExisting = request.UpdatesExisting ?? true }), $"/api/contacts/imports/{id}"), null)
                : (null, Problems.Conflict("This file was imported already, or its import was cancelled. Upload it again to import it again.")), cancellationToken);
        news.Publish();
        return answer;
    }

    static async Task<Results<NoContent, ProblemHttpResult>> Cancel(Guid id, Caller caller, ImportStore store, CancellationToken cancellationToken)
    {
        if (await store.CancelAsync(caller.TenantId, id, cancellationToken)) return TypedResults.NoContent();
        return await store.FindAsync(caller.TenantId, id, cancellationToken) is null ? Problems.Missing("import") : Problems.Conflict("It is over already.");
    }

    static async Task<IResult> Errors(Guid id, Caller caller, HttpContext http, ImportStore store, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } import) return Problems.Missing("import");
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"not-imported.csv\"";
        await using var writer = new StreamWriter(http.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), 32 * 1024, leaveOpen: true);
        await writer.WriteAsync(CsvText.Row([.. import.Head, "row", "why it was not imported"]));
        for (var after = 0; ;)
        {
            var rows = await store.ListErrorsAsync(caller.TenantId, id, after, 500, cancellationToken);
            foreach (var row in rows)
            {
                var cells = JsonSerializer.Deserialize<string[]>(row.Cells)!.Select(CsvText.Restore).ToList();
                while (cells.Count < import.Head.Count) cells.Add("");
                await writer.WriteAsync(CsvText.Row([.. cells, $"{row.RowNumber}", string.Join(' ', JsonSerializer.Deserialize<string[]>(row.Errors)!)]));
            }
            await writer.FlushAsync(cancellationToken);
            if (rows.Count < 500) return TypedResults.Empty;
            after = rows[^1].RowNumber;
        }
    }

    static async Task<Stream> OpenAsync(Caller caller, ImportEntry row, IMediaStorage storage, CancellationToken cancellationToken) =>
        await storage.OpenAsync(new(caller.TenantId, row.Sha256), 0, row.Size, cancellationToken)
        ?? throw new StorageException("The file is not in the storage. Look whether the media folder or bucket is the right one.", new FileNotFoundException());

    static ValidationProblem? CountryOf(ImportRequest request, out string? country)
    {
        country = string.IsNullOrWhiteSpace(request.Country) ? null : request.Country.Trim().ToUpperInvariant();
        return country is null || NationalNumbers.Plans.ContainsKey(country) ? null : Problems.Invalid("country", "It must be the two letters of a country, as DE.");
    }

    static readonly ImportCountry[] Countries = [.. NationalNumbers.Plans.Values.OrderBy(plan => plan.Code, StringComparer.Ordinal).Select(plan => new ImportCountry(plan.Code, plan.CallingCode))];

    // To be looked at; the whole of it is in the file.
    static string Cut(string cell) => cell.Length > 1000 ? Texts.Storable(cell, 1000) + "…" : cell;

    static JsonObject Shown(ContactFields fields) => new()
    {
        ["name"] = fields.Name, ["phone"] = fields.Phone, ["email"] = fields.Email, ["external_ref"] = fields.ExternalRef, ["status"] = fields.Status, ["notes"] = fields.Notes,
        ["social_handles"] = fields.SocialHandles.DeepClone(), ["metadata"] = fields.Metadata.DeepClone(),
    };
}
