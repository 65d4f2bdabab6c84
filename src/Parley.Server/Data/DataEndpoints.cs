using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Data;

public sealed record DataTables(IReadOnlyList<DataTable> Items);

internal static class DataEndpoints
{
    const int MostFilters = 10;

    public static void MapData(this IEndpointRouteBuilder routes)
    {
        var data = routes.MapGroup("/api/data").WithTags("Data").RequireAuthorization(Policies.Admin);
        data.MapGet("", Tables).WithSummary("The tables of this organisation, their columns and how they hang together. Secrets are named and never shown.");
        data.MapGet("/{table}", Rows).WithSummary("Rows of a table, the newest key first. ?filter=column.operator.value, as often as one likes: eq ne lt le gt ge contains, null, not_null.");
    }

    static async Task<Ok<DataTables>> Tables(Caller caller, DataCatalog catalog, CancellationToken cancellationToken) =>
        TypedResults.Ok(new DataTables(await catalog.ListAsync(caller.TenantId, cancellationToken)));

    static async Task<Results<Ok<DataPage>, ValidationProblem, ProblemHttpResult>> Rows(
        string table, Caller caller, DataCatalog catalog, DataRows rows, CancellationToken cancellationToken, string[]? filter = null, int? limit = null, string? cursor = null)
    {
        if (PageQuery.Read(limit, null, out var page) is { } wrongPage) return wrongPage;
        if ((await catalog.ListAsync(caller.TenantId, cancellationToken)).FirstOrDefault(one => one.Name == table) is not { } found) return Problems.Missing("table");
        var filters = new List<DataFilter>();
        if (filter is { Length: > MostFilters }) return Problems.Invalid("filter", $"At most {MostFilters} are possible.");
        foreach (var text in filter ?? [])
        {
            var (read, wrong) = DataFilter.Read(text, found);
            if (read is null) return Problems.Invalid("filter", wrong!);
            filters.Add(read);
        }
        string[]? after = null;
        if (cursor is not null && (after = DataRows.ReadCursor(cursor, found)) is null) return Problems.Invalid("cursor", "It is not one of this list's cursors.");
        try
        {
            return TypedResults.Ok(await rows.ListAsync(caller, found, filters, after, page.Size, cancellationToken));
        }
        catch (PostgresException refused) when (refused.SqlState is ['2', '2', ..] or PostgresErrorCodes.UndefinedFunction)
        {
            // 22…: the value is none of the column's type. 42883: its type knows no such comparison.
            return Problems.Invalid(after is null ? "filter" : "cursor", "A value does not fit the type of its column, or its type cannot be compared so.");
        }
        catch (PostgresException slow) when (slow.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            return TypedResults.Problem("Looking took too long and was stopped. Narrow it down, best by an id.", statusCode: 422, title: "Too slow");
        }
    }
}
