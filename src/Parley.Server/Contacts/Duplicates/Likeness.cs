using FuzzySharp;

namespace Parley.Server.Contacts.Duplicates;

/// <summary>How sure it is that two contacts are one, and why.</summary>
/// <param name="Score">From 0 to 100.</param>
/// <param name="IsExact">The same number, address or name on a channel: nothing is guessed.</param>
internal sealed record Likeness(int Score, IReadOnlyList<string> Reasons, bool IsExact)
{
    /// <summary>Below this it is nothing to show.</summary>
    public const int Enough = 50;

    /// <param name="nameSimilarity">pg_trgm's, from 0 to 1.</param>
    public static Likeness Of(Known one, Known other, double nameSimilarity)
    {
        var reasons = new List<(double Weight, string Words)>();
        var isExact = false;

        if (Common(one.Numbers, other.Numbers) is { } number) Exact($"The same phone number, {number}.");
        else if (Variants(one, other) is [var tail, ..] variants)
        {
            // Numbers of two countries that end alike are common: whose names are others, too, are two people.
            var areTwo = !variants.Any(IsShorter) && one.Words.Length > 1 && other.Words.Length > 1 && NameOf(one, other, nameSimilarity) is null;
            reasons.Add((areTwo ? 0.3 : 0.55, $"Their numbers both end in {tail.End} and differ only at the beginning."));
        }

        if (Common(one.Emails, other.Emails) is { } email) Exact($"The same e-mail address, {email}.");
        else if (one.LocalParts.Intersect(other.LocalParts).FirstOrDefault() is { } local) reasons.Add((0.5, $"Their e-mail addresses have the same name before the @, {local}."));

        // What two people typed may be wrong: the channel's own word makes it certain. Two accounts there that had the same name are not: one gave it up.
        if (First(one.Told.Intersect(other.Typed).Concat(other.Told.Intersect(one.Typed))) is { } told) Exact($"The same name on {told.Item1}, {told.Item2}.");
        else if (First(one.Names.Intersect(other.Names)) is { } typed) reasons.Add((0.9, $"The same name on {typed.Item1}, {typed.Item2}."));
        else if (First(one.Handles.Intersect(other.Handles)) is { } near) reasons.Add((0.5, $"Almost the same name on {near.Item1}, {near.Item2}."));
        else if (Common(one.Handles.Select(handle => handle.Handle), other.Handles.Select(handle => handle.Handle)) is { } handle) reasons.Add((0.5, $"The same name on two channels, {handle}."));

        if (one.ExternalRef is not null && one.ExternalRef == other.ExternalRef) reasons.Add((0.9, $"The same external reference, {one.ExternalRef}."));

        if (NameOf(one, other, nameSimilarity) is { } name) reasons.Add(name);
        else if ((WordOf(one, other) ?? WordOf(other, one)) is { } word) reasons.Add((0.4, $"The name of one is the address of the other, {word}."));

        var doubt = reasons.Aggregate(1.0, (left, reason) => left * (1 - reason.Weight));
        return new(isExact ? 100 : (int)Math.Round(99 * (1 - doubt)), [.. reasons.OrderByDescending(reason => reason.Weight).Select(reason => reason.Words)], isExact);

        void Exact(string words)
        {
            isExact = true;
            reasons.Add((1, words));
        }
    }

    static (double, string)? NameOf(Known one, Known other, double similarity)
    {
        if (one.Words.Length == 0 || other.Words.Length == 0) return null;
        // Trigrams forgive a missing piece, the ratio a slip; the order of the names does not count.
        var likeness = Math.Max(similarity, Fuzz.TokenSortRatio(one.FullName, other.FullName) / 100.0);
        var isFull = one.Words.Length > 1 && other.Words.Length > 1;
        if (isFull && one.Words.Order(StringComparer.Ordinal).SequenceEqual(other.Words.Order(StringComparer.Ordinal))) return (0.6, "The same name.");
        if (isFull && likeness >= 0.85) return (0.55, $"Almost the same name: {one.Name} and {other.Name}.");
        if (likeness >= 0.6) return (0.3, $"Similar names: {one.Name} and {other.Name}.");
        return null;
    }

    static string? WordOf(Known named, Known addressed) =>
        named.Joined.Length >= 6 && addressed.LocalParts.Concat(addressed.Handles.Select(handle => handle.Handle)).Contains(named.Joined) ? named.Joined : null;

    static (string, string)? First(IEnumerable<(string Channel, string Name)> names) => names.OrderBy(name => name.Channel, StringComparer.Ordinal).ThenBy(name => name.Name, StringComparer.Ordinal).Select(name => ((string, string)?)name).FirstOrDefault();

    static string? Common(IEnumerable<string> one, IEnumerable<string> other) => one.Intersect(other).Order(StringComparer.Ordinal).FirstOrDefault();

    static List<(string End, string One, string Other)> Variants(Known one, Known other) =>
        [.. one.Numbers.Join(other.Numbers, Tail, Tail, (mine, theirs) => (Tail(mine), mine[..^Tail(mine).Length], theirs[..^Tail(theirs).Length])).Order()];

    // A digit more or less, as in Brazil: the beginnings agree as far as both go.
    static bool IsShorter((string End, string One, string Other) variant) =>
        variant.One.StartsWith(variant.Other, StringComparison.Ordinal) || variant.Other.StartsWith(variant.One, StringComparison.Ordinal);

    static string Tail(string number) => number.Length > 9 ? number[^8..] : number;
}
