using System.Security.Cryptography;
using System.Text;

namespace Parley.Channels.Adapters;

/// <summary>Makes text that PostgreSQL can store out of whatever a provider sent: NUL, lone surrogates and invalid UTF-8
/// become U+FFFD. Nothing else is changed and nothing is cut.</summary>
internal static class StorableText
{
    const char Replacement = '\uFFFD';

    // A B-tree entry holds at most about 2,700 bytes, so an id beyond this could not be deduplicated.
    const int LongestId = 500;

    public static string Clean(string text)
    {
        if (text.AsSpan().IndexOf('\0') < 0 && text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0) return text;

        var cleaned = text.ToCharArray();
        for (var at = 0; at < cleaned.Length; at++)
        {
            if (char.IsHighSurrogate(cleaned[at]) && at + 1 < cleaned.Length && char.IsLowSurrogate(cleaned[at + 1])) at++;
            else if (cleaned[at] == '\0' || char.IsSurrogate(cleaned[at])) cleaned[at] = Replacement;
        }
        return new string(cleaned);
    }

    /// <summary>An id, or null when there is none. An absurdly long one is replaced by its digest, the same one each time.</summary>
    public static string? Id(string? id) =>
        string.IsNullOrWhiteSpace(id) ? null
        : id.Length <= LongestId ? id
        : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";

    /// <summary>The text between the quotes of a well-formed JSON string. JsonElement.GetString throws on "\ud800" and on
    /// invalid UTF-8, and one hostile message must not cost the others in its batch.</summary>
    public static string FromJson(ReadOnlySpan<byte> escaped)
    {
        var text = Encoding.UTF8.GetString(escaped);   // invalid bytes become U+FFFD; a raw NUL is not JSON
        if (!text.Contains('\\')) return text;

        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\')
            {
                plain.Append(text[at]);
                continue;
            }
            at++;
            switch (text[at])
            {
                case 'u':
                    plain.Append((char)Convert.ToUInt16(text.Substring(at + 1, 4), 16));
                    at += 4;
                    break;
                case 'n': plain.Append('\n'); break;
                case 'r': plain.Append('\r'); break;
                case 't': plain.Append('\t'); break;
                case 'b': plain.Append('\b'); break;
                case 'f': plain.Append('\f'); break;
                default: plain.Append(text[at]); break;
            }
        }
        return Clean(plain.ToString());
    }
}
