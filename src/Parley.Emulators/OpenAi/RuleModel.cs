using System.Text.RegularExpressions;

namespace Parley.Emulators.OpenAi;

/// <summary>Not a language model: rules that find, in the documents of the prompt, the sentences that have most in common with the question. Enough to
/// try and to test a bot without any network, and the same each time.</summary>
internal static partial class RuleModel
{
    public const string Name = "parley-rules (an emulator, no language model)";
    const int MostSentences = 3;

    sealed record Sentence(string Text, string Document, int Position, HashSet<string> Stems);

    public static string Answer(string system, string question)
    {
        var asked = Stems(question);
        if (Greeting().IsMatch(question.Trim())) return "Hello! How can I help you?";
        if (Thanks().IsMatch(question.Trim())) return "You’re welcome!";
        var sentences = Documents(system);
        // The rarer a word, the more it says.
        var weights = asked.ToDictionary(stem => stem, stem => sentences.Count(sentence => sentence.Stems.Contains(stem)) is > 0 and var n ? Math.Log(1 + (double)sentences.Count / n) : 0);
        var scored = sentences.Select(sentence => (sentence, score: sentence.Stems.Where(weights.ContainsKey).Sum(stem => weights[stem]))).Where(pair => pair.score > 0).OrderByDescending(pair => pair.score).ToList();
        if (scored.Count == 0) return "I do not know that. Shall a colleague get back to you?";
        var best = scored[0];
        return string.Join(' ', scored
            .Where(pair => pair.sentence.Document == best.sentence.Document && pair.score >= best.score * 0.45)
            .Take(MostSentences).OrderBy(pair => pair.sentence.Position).Select(pair => pair.sentence.Text));
    }

    /// <summary>What a model without any sense says to somebody who asks for its instructions.</summary>
    public static string? Obey(string system, string question) =>
        Injection().IsMatch(question) ? (question.Contains("CAPITAL", StringComparison.OrdinalIgnoreCase) ? system.ToUpperInvariant() : $"Sure! {system}") : null;

    static List<Sentence> Documents(string system)
    {
        var sentences = new List<Sentence>();
        foreach (Match document in Document().Matches(system))
            foreach (var text in SentenceEnd().Split(document.Groups[2].Value).Select(text => text.Trim(' ', '\n', '-', '*', '#')).Where(text => text.Length > 0))
                sentences.Add(new(text, document.Groups[1].Value, sentences.Count, [.. Stems(text), .. Stems(document.Groups[1].Value)]));
        return sentences;
    }

    // Beginnings of words: enough to see that "open" and "opening" belong together.
    static HashSet<string> Stems(string text) =>
        [.. Word().Matches(text.ToLowerInvariant()).Select(match => match.Value).Where(word => word.Length > 3 || word.Any(character => character > 'z') || word.All(char.IsAsciiDigit)).Select(word => word.Length > 5 ? word[..^2][..Math.Min(word.Length - 2, 6)] : word[..Math.Min(word.Length, 4)])];

    [GeneratedRegex("""<document title="([^"]*)">\s*(.*?)\s*</document>""", RegexOptions.Singleline)]
    private static partial Regex Document();

    [GeneratedRegex(@"(?<=[.!?。！？])\s+|\n+")]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"[\p{L}\p{Nd}]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^(hi|hello|hey|good (morning|afternoon|evening)|ol[áa]|bom dia|boa tarde|hola|buenos d[íi]as|hallo|guten tag|bonjour|salut|ciao)\b[\s!.,]*$", RegexOptions.IgnoreCase)]
    private static partial Regex Greeting();

    [GeneratedRegex(@"^(thanks?|thank you|obrigad[oa]|gracias|danke|merci|grazie)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Thanks();

    [GeneratedRegex(@"instruc|prompt|system|regeln|reglas|anweisung|developer|above|ignore|previous|rules|base64|translate|poem|repeat|debug", RegexOptions.IgnoreCase)]
    private static partial Regex Injection();
}
