namespace Parley.Emulators.Unipile;

/// <summary>What an id names.</summary>
internal enum UnipileKind : ulong
{
    Chat = 0x3A5C96E1D27B40F,
    Message = 0x1B70E4D82C5F963,
    Person = 0x6F19A2C7B4803D5,
}

/// <summary>Ids of 22 characters. Each leads back to its chat (by the chat's key) and to a place in it, so that nothing generated has to be kept.
/// The alphabet is in ordinal order and places are shifted, not shuffled: the ids of one chat sort as its messages came.</summary>
internal static class UnipileIds
{
    const string Alphabet = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    const int KeyDigits = 10, PlaceDigits = 6, CheckDigits = 6;
    const ulong KeyMask = (1UL << (6 * KeyDigits)) - 1, HalfOfPlaces = (1UL << (6 * PlaceDigits - 1)) - 1, CheckMask = (1UL << (6 * CheckDigits)) - 1;

    public static string Of(UnipileKind kind, ulong key, int place = 0) => string.Create(KeyDigits + PlaceDigits + CheckDigits, (kind, key, place), static (text, of) =>
    {
        Write(text[..KeyDigits], (of.key ^ (ulong)of.kind) & KeyMask);
        Write(text.Slice(KeyDigits, PlaceDigits), Shift(of.kind, of.key) + (ulong)of.place);
        Write(text[^CheckDigits..], Check(of.kind, of.key, of.place));
    });

    /// <summary>False when this is no id of that kind; whether there is such a chat or place is another question.</summary>
    public static bool TryRead(UnipileKind kind, string id, out ulong key, out int place)
    {
        (key, place) = (0, 0);
        if (id.Length != KeyDigits + PlaceDigits + CheckDigits || !TryRead(id.AsSpan(0, KeyDigits), out var masked) || !TryRead(id.AsSpan(KeyDigits, PlaceDigits), out var shifted)) return false;
        key = masked ^ ((ulong)kind & KeyMask);
        var shift = Shift(kind, key);
        if (shifted < shift || shifted - shift > int.MaxValue) return false;
        place = (int)(shifted - shift);
        return TryRead(id.AsSpan(KeyDigits + PlaceDigits), out var check) && check == Check(kind, key, place);
    }

    /// <summary>The key of a chat, or of an account.</summary>
    public static ulong Key(ulong seed, ulong of, ulong number = 0) => Hash(seed, of, number) & KeyMask;

    /// <summary>Numbers that look like chance and are always the same (SplitMix64).</summary>
    public static ulong Hash(ulong a, ulong b = 0, ulong c = 0) => Mix(Mix(Mix(a + 0x9E3779B97F4A7C15) ^ b) + c);

    public static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text) hash = (hash ^ letter) * 1099511628211UL;
        return Mix(hash);
    }

    /// <summary>So many decimal digits, the first of which is not 0.</summary>
    public static string Digits(ulong hash, int count) => string.Create(count, hash, static (text, hash) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (i % 16 == 0) hash = Mix(hash + 1);
            text[i] = (char)('0' + (i == 0 ? 1 + hash % 9 : hash % 10));
            hash /= 10;
        }
    });

    public static string Letters(ulong hash, int count) => string.Create(count, hash, static (text, hash) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (i % 10 == 0) hash = Mix(hash + 1);
            text[i] = Alphabet[(int)(hash & 63)];
            hash >>= 6;
        }
    });

    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    static ulong Shift(UnipileKind kind, ulong key) => Hash(key, (ulong)kind) & HalfOfPlaces;

    static ulong Check(UnipileKind kind, ulong key, int place) => Hash((ulong)kind, key, (ulong)place) & CheckMask;

    static void Write(Span<char> text, ulong value)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(value & 63)];
            value >>= 6;
        }
    }

    static bool TryRead(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        foreach (var letter in text)
        {
            // By arithmetic, not by a search: every call with an id comes through here.
            var digit = letter switch
            {
                '-' => 0,
                >= '0' and <= '9' => letter - '0' + 1,
                >= 'A' and <= 'Z' => letter - 'A' + 11,
                '_' => 37,
                >= 'a' and <= 'z' => letter - 'a' + 38,
                _ => -1,
            };
            if (digit < 0) return false;
            value = value << 6 | (uint)digit;
        }
        return true;
    }
}
