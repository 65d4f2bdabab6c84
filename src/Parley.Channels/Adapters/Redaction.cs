using System.Text.RegularExpressions;

namespace Parley.Channels.Adapters;

/// <summary>Takes secrets out of a provider's words. Meta, for one, repeats a malformed token in its complaint about it.</summary>
internal static partial class Redaction
{
    const int Longest = 1000;
    const int ShortestSecret = 4;   // shorter ones are no secrets, and would blank out ordinary words

    public static string? Redact(string? text, IEnumerable<string> secrets)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        foreach (var secret in secrets.Where(secret => secret.Length >= ShortestSecret).OrderByDescending(secret => secret.Length))
        {
            text = text.Replace(secret, "[removed]", StringComparison.OrdinalIgnoreCase);
            text = text.Replace(Uri.EscapeDataString(secret), "[removed]", StringComparison.OrdinalIgnoreCase);
        }
        text = TokenShape().Replace(text, "[removed]");
        // Whatever stands between us and the provider may answer with anything, NUL included.
        return text.Length <= Longest ? StorableText.Clean(text) : StorableText.Clean(text[..Longest]) + "…";
    }

    // Meta's tokens, and whatever follows the two ways of passing one.
    [GeneratedRegex(@"EAA[A-Za-z0-9]{20,}|(?<=access_token=)[^&\s""]+|(?<=Bearer )[^\s""]{8,}", RegexOptions.IgnoreCase)]
    private static partial Regex TokenShape();
}
