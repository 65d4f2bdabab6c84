using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;
using Parley.Server.Search;

namespace Parley.Server.Contacts;

/// <summary>Filters of the list of contacts, as they stand in an address: the list and the export read the same.</summary>
/// <param name="Q">Words of a name, parts of a number or handle, an e-mail address, an external reference.</param>
/// <param name="Field">name:value of a custom field (a number and yes or no as JSON writes them); more than one must all hold.</param>
public sealed record ContactQuery(
    [FromQuery(Name = "q")] string? Q = null, [FromQuery(Name = "status")] string? Status = null, [FromQuery(Name = "channel")] string? Channel = null,
    [FromQuery(Name = "kind")] string? Kind = null, [FromQuery(Name = "has_conversation")] bool? HasConversation = null, [FromQuery(Name = "opted_out")] bool? OptedOut = null,
    [FromQuery(Name = "created_after")] string? CreatedAfter = null, [FromQuery(Name = "created_before")] string? CreatedBefore = null, [FromQuery(Name = "field")] string[]? Field = null,
    [FromQuery(Name = "label_id")] Guid? LabelId = null)
{
    /// <summary>What finds nothing at all: a search without a word in it.</summary>
    internal static readonly ContactFilter Nothing = new();

    internal async Task<(ContactFilter? Filter, ValidationProblem? Wrong)> ReadAsync(SearchStore search, Sight? sight, CancellationToken cancellationToken)
    {
        if (Q is not null && Texts.Wrong(Q, 256) is { } unfit) return (null, Problems.Invalid("q", unfit));
        if (Status is not null && !ContactFields.Statuses.Contains(Status)) return (null, Problems.Invalid("status", "It must be active, blocked or inactive."));
        if (Channel is not null && !ContactFields.Channels.Contains(Channel)) return (null, Problems.Invalid("channel", $"It must be one of {string.Join(", ", ContactFields.Channels)}."));
        if (Kind is not (null or "person" or "group")) return (null, Problems.Invalid("kind", "It must be person or group."));
        if (!TryRead(CreatedAfter, out var after)) return (null, Problems.Invalid("created_after", "It is no time. Write 2026-01-31 or 2026-01-31T12:00:00Z."));
        if (!TryRead(CreatedBefore, out var before)) return (null, Problems.Invalid("created_before", "It is no time. Write 2026-01-31 or 2026-01-31T12:00:00Z."));
        var fields = new Dictionary<string, string>();
        foreach (var pair in Field ?? [])
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || Texts.Wrong(pair, 1000) is not null) return (null, Problems.Invalid("field", "Write the field's name and its value with a colon between: city:Berlin."));
            fields[pair[..colon]] = pair[(colon + 1)..];
        }
        SearchQuery? words = null;
        if (!string.IsNullOrWhiteSpace(Q))
        {
            words = await search.ReadAsync(SearchWords.Read(Q), cancellationToken);
            if (words is null) return (Nothing, null);
        }
        return (new(words, words is null ? null : Q!.Trim(), Status, Channel, Kind, HasConversation, OptedOut, after, before, fields, LabelId, sight), null);
    }

    static bool TryRead(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null) return true;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var read)) return false;
        time = read;
        return true;
    }
}
