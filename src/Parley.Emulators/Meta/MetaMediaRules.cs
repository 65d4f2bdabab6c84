namespace Parley.Emulators.Meta;

/// <summary>Which files Meta takes, and how large.</summary>
internal static class MetaMediaRules
{
    const int Megabyte = 1024 * 1024;

    static readonly Dictionary<string, (string[] Types, int Cap)> Kinds = new()
    {
        ["image"] = (["image/jpeg", "image/png"], 5 * Megabyte),
        ["audio"] = (["audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "audio/opus"], 16 * Megabyte),
        ["video"] = (["video/mp4", "video/3gpp"], 16 * Megabyte),
        ["sticker"] = (["image/webp"], 500 * 1024),
        ["document"] = ([
            "text/plain", "text/csv", "application/pdf", "application/zip", "application/json", "application/vnd.ms-powerpoint", "application/msword", "application/vnd.ms-excel",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ], 100 * Megabyte),
    };

    /// <summary>The types of message that carry a file.</summary>
    public static IReadOnlyCollection<string> Types => Kinds.Keys;

    /// <summary>Without parameters: audio/ogg of "audio/ogg; codecs=opus".</summary>
    public static string BaseType(string mimeType) => mimeType.Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>Null when Meta takes this upload.</summary>
    public static IResult? Refuse(string mimeType, byte[] bytes)
    {
        var type = BaseType(mimeType);
        if (Kinds.FirstOrDefault(kind => kind.Value.Types.Contains(type)) is not { Key: { } name, Value: var (_, cap) })
            return MetaErrors.Answer(400, 100, $"Param file must be a file with one of the following types: {string.Join(", ", Kinds.Values.SelectMany(kind => kind.Types))}. Received file of type '{type}'.");
        if (bytes.Length == 0) return MetaErrors.Answer(400, 100, "Param file must not be empty.");
        if (name == "sticker" && !IsAnimated(bytes)) cap = 100 * 1024;
        return bytes.Length > cap ? MetaErrors.Answer(400, 131053, $"The file is {bytes.Length} bytes; {name} may be at most {cap} bytes.") : null;
    }

    /// <summary>Whether a message of this type may carry such a file. A document may be anything.</summary>
    public static bool Fits(string messageType, string mimeType) => messageType == "document" || Kinds[messageType].Types.Contains(BaseType(mimeType));

    public static string Allowed(string messageType) => string.Join(", ", Kinds[messageType].Types);

    // An extended WebP says so in its header: "VP8X", and the second bit of the flags.
    static bool IsAnimated(byte[] webp) => webp.Length > 20 && webp.AsSpan(12, 4).SequenceEqual("VP8X"u8) && (webp[20] & 2) != 0;
}
