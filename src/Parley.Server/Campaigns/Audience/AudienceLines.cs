using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Channels;
using Parley.Server.Contacts.Import;
using Parley.Server.Media;
using Parley.Server.Messages;
using Parley.Server.Platform;
using Parley.Server.Platform.Http;

namespace Parley.Server.Campaigns.Audience;

/// <summary>One line that names somebody by a number.</summary>
/// <param name="Handle">Null: it is no number.</param>
internal sealed record AudienceLine(int Number, string? Handle, JsonObject? Variables)
{
    /// <summary>One and the same for all writings of a number.</summary>
    public string Address => PhoneNumbers.Key(Handle!) ?? Handle!;
}

/// <summary>Reads the numbers of a campaign, and the file beside them, line by line.</summary>
internal sealed partial class AudienceLines(ImportStore imports, IMediaStorage storage)
{
    const int LongestValue = 1024;

    /// <param name="row">Read with its list.</param>
    public static IEnumerable<AudienceLine> OfList(CampaignRow row) => row.Recipients!.Select((text, n) => new AudienceLine(n + 1, Recipients.Normalise(text), null));

    /// <summary>All rows but the head.</summary>
    public async IAsyncEnumerable<AudienceLine> OfFileAsync(Guid tenant, CampaignCsv csv, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await imports.FindAsync(tenant, csv.ImportId!.Value, cancellationToken) is not { } file) throw new AudienceGoneException("The file with its recipients is not here any more.");
        await using var stream = await storage.OpenAsync(new(tenant, file.Sha256), 0, file.Size, cancellationToken) ?? throw new AudienceGoneException("The file with its recipients is not in the storage.");
        var names = file.Head.Select(NameOf).ToList();
        var column = file.Head.ToList().IndexOf(csv.Column!.Trim());
        var plan = csv.Country is { } country ? NationalNumbers.Plans[country] : null;
        if (column < 0) throw new AudienceGoneException($"The file has no column {csv.Column}.");
        await foreach (var row in CsvFile.ReadAsync(stream, file.Shape, cancellationToken).Skip(1).WithCancellation(cancellationToken))
        {
            var number = column < row.Cells.Length ? row.Cells[column] : "";
            var variables = new JsonObject();
            for (var n = 0; n < Math.Min(names.Count, row.Cells.Length); n++)
                if (n != column && names[n].Length > 0 && CsvText.Restore(row.Cells[n]).Trim() is { Length: > 0 } value) variables[names[n]] = Texts.Storable(value, LongestValue);
            yield return new(row.Number, row.Wrong is null ? HandleOf(CsvText.Restore(number), plan) : null, variables);
        }
    }

    /// <summary>Lines as the arguments of <see cref="Candidates.OfLines"/>.</summary>
    public static object Arguments(IReadOnlyList<AudienceLine> lines, string channel, IReadOnlyList<string> needs, DateTimeOffset now) => new
    {
        channel, needs = needs.ToArray(), ns = Enumerable.Range(0, lines.Count).ToArray(), ids = lines.Select(_ => Ids.New(now)).ToArray(), handles = lines.Select(line => line.Handle).ToArray(),
        others = lines.Select(line => PhoneNumbers.Variants(line.Handle!).FirstOrDefault()).ToArray(), addresses = lines.Select(line => line.Address).ToArray(),
        variables = lines.Select(line => line.Variables is { Count: > 0 } some ? some.ToJsonString() : null).ToArray(),
    };

    // A number that says of which country it is, or somebody says it for the whole file.
    static string? HandleOf(string cell, NumberingPlan? plan) =>
        PhoneNumbers.IsInternational(cell) || cell.Any(char.IsLetter) ? Recipients.Normalise(cell) : plan is null ? null : NationalNumbers.Normalise(cell, plan);

    /// <summary>A column as a variable: small letters, digits and _.</summary>
    static string NameOf(string column) => NoName().Replace(column.Trim(), "_").Trim('_').ToLowerInvariant() is var name && name.Length > 60 ? name[..60] : name;

    [GeneratedRegex("[^A-Za-z0-9_]+")]
    private static partial Regex NoName();
}

/// <summary>What a campaign's audience was to be made of is gone: a person has to look.</summary>
internal sealed class AudienceGoneException(string words) : Exception(words);
