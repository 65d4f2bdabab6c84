using System.Globalization;
using System.Text;

namespace Parley.Server.Media;

/// <summary>What a file is, by its first bytes; what its name may be; what may be shown in a page.</summary>
internal static class FileKinds
{
    public const string Unknown = "application/octet-stream";

    /// <summary>How many bytes <see cref="Sniff"/> looks at.</summary>
    public const int HeadLength = 64;
    const int LongestName = 150;

    // Nothing in these can run: a browser may show them where it stands.
    static readonly HashSet<string> Inert =
    [
        "image/jpeg", "image/png", "image/gif", "image/webp", "audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "audio/wav", "video/mp4", "video/3gpp", "video/webm", "video/quicktime",
    ];

    public static bool MayShow(string? mimeType) => mimeType is not null && Inert.Contains(mimeType);

    /// <summary>The type that the bytes prove; what is only claimed is believed where the claim is harmless, such as a
    /// spreadsheet, and not where it names a type whose bytes we would have recognised.</summary>
    public static string TypeOf(ReadOnlySpan<byte> head, string? claimed)
    {
        if (Sniff(head) is { } proven) return proven;
        var type = claimed?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
        var isClaimable = type.Length is > 0 and <= 127 && type.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '.' or '+' or '-') && type.Count(letter => letter == '/') == 1;
        return isClaimable && !MayShow(type) && type != "application/pdf" ? type : Unknown;
    }

    public static string? Sniff(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => "image/gif",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'A', (byte)'V', (byte)'E', ..] => "audio/wav",
        [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] => "audio/ogg",
        [(byte)'I', (byte)'D', (byte)'3', ..] or [0xFF, 0xFB or 0xF3 or 0xF2, ..] => "audio/mpeg",
        [0xFF, 0xF1 or 0xF9, ..] => "audio/aac",
        [(byte)'#', (byte)'!', (byte)'A', (byte)'M', (byte)'R', ..] => "audio/amr",
        [0x1A, 0x45, 0xDF, 0xA3, ..] => "video/webm",
        [(byte)'%', (byte)'P', (byte)'D', (byte)'F', (byte)'-', ..] => "application/pdf",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', .. var brand] when brand.Length >= 4 => Encoding.ASCII.GetString(brand[..4]) switch
        {
            "M4A " or "M4B " => "audio/mp4",
            ['3', 'g', ..] => "video/3gpp",
            "qt  " => "video/quicktime",
            "heic" or "heix" or "mif1" => "image/heic",
            _ => "video/mp4",
        },
        _ => null,
    };

    /// <summary>image, video, audio or document.</summary>
    public static string KindOf(string mimeType) => mimeType.Split('/')[0] is ("image" or "video" or "audio") and var kind && MayShow(mimeType) ? kind : "document";

    /// <summary>A name that is only a name: no path, no control or direction marks, no leading dots; null when nothing is left.</summary>
    public static string? SafeName(string? name)
    {
        if (name is null) return null;
        var last = name.Split('/', '\\')[^1];
        var kept = new StringBuilder();
        foreach (var rune in last.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                && rune != Rune.ReplacementChar && "<>:\"|?*".IndexOf(rune.ToString(), StringComparison.Ordinal) < 0)
                kept.Append(rune);
        var clean = kept.ToString().Trim().TrimStart('.');
        if (clean.Length > LongestName)
        {
            // The end tells what it is; half a surrogate pair would tell nothing.
            var extension = Path.GetExtension(clean) is { Length: > 0 and <= 10 } short_ ? short_ : "";
            var stem = clean[..(LongestName - extension.Length)];
            clean = (char.IsHighSurrogate(stem[^1]) ? stem[..^1] : stem) + extension;
        }
        return clean.Length == 0 ? null : clean;
    }
}
