using Parley.Server.Bot.Model;
using Parley.Server.Platform.Database;

namespace Parley.Server.Bot.Knowledge;

/// <summary>A part of a document that may hold the answer.</summary>
internal sealed class Excerpt
{
    public Guid DocumentId { get; init; }
    public string Title { get; init; } = "";
    public string? Heading { get; init; }
    public string Content { get; init; } = "";
    public double Score { get; init; }
}

/// <summary>Finds what a question is about in a tenant's documents. As the role that sees all, because a policy would keep PostgreSQL from the index
/// (matching words is not leakproof): the tenant stands in the statement.</summary>
internal sealed class KnowledgeSearch(SystemDatabase database)
{
    const int MostExcerpts = 4;
    const int MostTokens = 1500;
    const int LongestQuestion = 2000;

    /// <summary>The best first. A word counts the more the fewer parts have it, so that no language needs a list of words that do not count; endings
    /// are cut off, so that "opening" finds "open" and "opens".</summary>
    public async Task<IReadOnlyList<Excerpt>> FindAsync(Guid tenant, string question, CancellationToken cancellationToken)
    {
        if (question.Length > LongestQuestion) question = question[^LongestQuestion..];
        var found = await database.ListAsync<Excerpt>("""
            with word as (
                select distinct case when length(lexeme) >= 7 then left(lexeme, length(lexeme) - 3) when length(lexeme) = 6 then left(lexeme, 4) else lexeme end as stem
                from (select lexeme from unnest(to_tsvector('simple', search_text(@question))) limit 100) asked
                where length(lexeme) > 2 or lexeme !~ '^[a-z0-9]+$'
            ),
            hit as (
                select word.stem, c.document_id, c.position
                from word
                join bot_chunks c on c.tenant_id = @tenant and c.search @@ (quote_literal(word.stem) || case when length(word.stem) > 3 then ':*' else '' end)::tsquery
            ),
            weight as (
                select hit.stem, ln(1 + (select count(*) from bot_chunks where tenant_id = @tenant)::float8 / count(*)) as weight
                from hit
                group by hit.stem
            ),
            score as (
                select hit.document_id, hit.position, sum(weight.weight) as score
                from hit
                join weight on weight.stem = hit.stem
                group by hit.document_id, hit.position
            )
            select c.document_id, c.title, c.heading, c.content, score.score
            from score
            join bot_chunks c on c.tenant_id = @tenant and c.document_id = score.document_id and c.position = score.position
            order by score.score desc, c.document_id, c.position
            limit @most
            """, new { tenant, question, most = MostExcerpts }, cancellationToken);

        // What is far behind the best is there by accident.
        var left = MostTokens;
        return [.. found.TakeWhile(excerpt => excerpt.Score >= found[0].Score / 2 && (left -= ModelReading.Tokens(excerpt.Content)) >= 0)];
    }
}
