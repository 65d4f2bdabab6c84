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

    // PostgreSQL's own dictionaries, for what they know of words that say nothing by themselves ("where", "onde", "gibt").
    static readonly string[] Languages =
    [
        .. new[] { "danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian", "norwegian", "portuguese", "russian", "spanish", "swedish", "turkish" }.Select(name => $"{name}_stem"),
    ];

    /// <summary>The best first. A word counts the more the fewer parts have it, and little where it is one of any language's smallest words; endings
    /// are cut off, so that "opening" finds "open" and "opens". What a part is called by counts twice.</summary>
    public async Task<IReadOnlyList<Excerpt>> FindAsync(Guid tenant, string question, CancellationToken cancellationToken)
    {
        if (question.Length > LongestQuestion) question = question[^LongestQuestion..];
        var found = await database.ListAsync<Excerpt>("""
            with word as (
                select stem, share, (quote_literal(stem) || case when length(stem) > 3 then ':*' else '' end)::tsquery as query
                from (
                    select case when length(lexeme) >= 7 then left(lexeme, length(lexeme) - 3) when length(lexeme) = 6 then left(lexeme, 4) else lexeme end as stem,
                        max(case when exists (select 1 from unnest(@languages::regdictionary[]) as l (dictionary) where ts_lexize(l.dictionary, lexeme) = '{}') then 0.2 else 1 end) as share
                    from (select lexeme from unnest(to_tsvector('simple', search_text(@question))) limit 100) asked
                    where length(lexeme) > 2 or lexeme !~ '^[a-z0-9]+$'
                    group by 1
                ) cut
            ),
            hit as (
                select word.stem, word.share, c.document_id, c.position, case when to_tsvector('simple', search_text(c.title || ' ' || coalesce(c.heading, ''))) @@ word.query then 2 else 1 end as times
                from word
                join bot_chunks c on c.tenant_id = @tenant and c.search @@ word.query
            ),
            weight as (
                select hit.stem, ln(1 + (select count(*) from bot_chunks where tenant_id = @tenant)::float8 / count(*)) as weight
                from hit
                group by hit.stem
            ),
            score as (
                select hit.document_id, hit.position, sum(weight.weight * hit.times * hit.share) as score
                from hit
                join weight on weight.stem = hit.stem
                group by hit.document_id, hit.position
            )
            select c.document_id, c.title, c.heading, c.content, score.score
            from score
            join bot_chunks c on c.tenant_id = @tenant and c.document_id = score.document_id and c.position = score.position
            order by score.score desc, c.document_id, c.position
            limit @most
            """, new { tenant, question, most = MostExcerpts, languages = Languages }, cancellationToken);

        // What is far behind the best is there by accident.
        var left = MostTokens;
        return [.. found.TakeWhile(excerpt => excerpt.Score >= found[0].Score / 2 && (left -= ModelReading.Tokens(excerpt.Content)) >= 0)];
    }
}
