using System.Globalization;
using System.Text;

namespace Parley.Server.Automations.Steps;

/// <summary>Takes secrets out of a text that may repeat them: as they are, in Base64, and either of them as any writer of JSON or of addresses may have it, who escapes what they like.
/// The text is read once for each way of writing and searched plainly, so that no text and no secret take long.</summary>
internal static class Redaction
{
    public const string Mark = "[redacted]";

    /// <summary>The text, with a mark in place of each secret.</summary>
    public static string Redact(string text, IReadOnlyList<string> secrets)
    {
        if (secrets.Count == 0 || text.Length == 0) return text;
        var found = new List<(int From, int To)>();
        var wanted = secrets.SelectMany(secret => new[] { secret, Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)) }).Distinct().ToList();
        var plain = Reading.Of(text);
        var readings = new List<Reading> { plain };
        if (text.Contains('\\')) readings.Add(plain.WithoutJson());
        foreach (var reading in readings)
        {
            foreach (var one in wanted) reading.Find(one, found);
            if (reading.WithoutPercent() is not { } bytes) continue;
            foreach (var one in wanted) bytes.Find(Reading.Bytes(one), found);
        }
        return found.Count == 0 ? text : Blank(text, found);
    }

    static string Blank(string text, List<(int From, int To)> found)
    {
        found.Sort();
        var left = new StringBuilder();
        var to = found[0].To;
        left.Append(text, 0, found[0].From);
        foreach (var next in found.Skip(1))
        {
            if (next.From >= to) left.Append(Mark).Append(text, to, next.From - to);
            to = Math.Max(to, next.To);
        }
        return left.Append(Mark).Append(text, to, text.Length - to).ToString();
    }

    /// <summary>What a text says, letter by letter, each with the place where it is written.</summary>
    sealed class Reading(int length)
    {
        readonly StringBuilder _letters = new(length);
        readonly List<(int From, int To)> _places = new(length);
        string? _text;

        string Text => _text ??= _letters.ToString();

        public static Reading Of(string text)
        {
            var reading = new Reading(text.Length);
            for (var i = 0; i < text.Length; i++) reading.Add(text[i], i, i + 1);
            return reading;
        }

        /// <summary>A letter for each byte in UTF-8, which is what addresses escape.</summary>
        public static string Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

        // An escaped letter that means a control character is read as that letter: no header's value holds one.
        public Reading WithoutJson()
        {
            var reading = new Reading(Text.Length);
            for (var i = 0; i < Text.Length;)
            {
                var (letter, taken) = Text[i] != '\\' || i + 1 == Text.Length ? (Text[i], 1) : Text[i + 1] == 'u' && Hex(i + 2, 4) is { } code ? ((char)code, 6) : (Text[i + 1], 2);
                reading.Add(letter, _places[i].From, _places[i + taken - 1].To);
                i += taken;
            }
            return reading;
        }

        /// <summary>In bytes; null when nothing is escaped.</summary>
        public Reading? WithoutPercent()
        {
            if (!Text.Contains('%')) return null;
            var reading = new Reading(Text.Length);
            Span<byte> bytes = stackalloc byte[4];
            for (var i = 0; i < Text.Length;)
            {
                if (Text[i] == '%' && Hex(i + 1, 2) is { } code)
                {
                    reading.Add((char)code, _places[i].From, _places[i + 2].To);
                    i += 3;
                    continue;
                }
                Rune.DecodeFromUtf16(Text.AsSpan(i), out var rune, out var taken);   // half a letter reads as the sign for what cannot be read
                for (var (n, count) = (0, rune.EncodeToUtf8(bytes)); n < count; n++) reading.Add((char)bytes[n], _places[i].From, _places[i + taken - 1].To);
                i += taken;
            }
            return reading;
        }

        public void Find(string wanted, List<(int From, int To)> found)
        {
            for (var at = Text.IndexOf(wanted, StringComparison.Ordinal); at >= 0; at = Text.IndexOf(wanted, at + wanted.Length, StringComparison.Ordinal))
                found.Add((_places[at].From, _places[at + wanted.Length - 1].To));
        }

        int? Hex(int at, int digits) =>
            at + digits <= Text.Length && int.TryParse(Text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ? code : null;

        void Add(char letter, int from, int to)
        {
            _letters.Append(letter);
            _places.Add((from, to));
        }
    }
}
