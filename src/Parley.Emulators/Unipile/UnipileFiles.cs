using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>Files that can be opened: small pictures, a tone, a page. Made once; what is generated refers to them by its id.</summary>
internal static class UnipileFiles
{
    const int Side = 96;
    static readonly byte[][] Pictures = [.. Enumerable.Range(0, 12).Select(i => Picture((byte)(40 + i * 17), (byte)(200 - i * 11), (byte)(90 + i * 53 % 160)))];
    static readonly byte[] Tone = MakeTone();
    static readonly byte[] Page = Encoding.ASCII.GetBytes("""
        %PDF-1.4
        1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
        2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
        3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
        4 0 obj<</Length 51>>stream
        BT /F 18 Tf 40 100 Td (Menu of the day) Tj ET      
        endstream endobj
        5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
        trailer<</Root 1 0 R>>
        %%EOF
        """);

    /// <summary>What hangs on a message of the generated past.</summary>
    public static UnipileAttachment Generated(ulong hash, int place)
    {
        // Ids of attachments are not made for paths: they hold what must be escaped there.
        var id = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{hash % 9_000_000 + 1_000_000}"));
        return (hash / 41 % 20) switch
        {
            < 13 => Image(id),
            13 or 14 => Voice(id),
            15 or 16 => File(id, "menu.pdf"),
            17 => new(id, "video", "video/mp4") { Width = 720, Height = 1280, Unavailable = true },
            18 => Unknown(id, "story_mention"),
            _ => Image(id) with { Unavailable = true },
        };
    }

    public static UnipileAttachment Image(string id) => new(id, "img", "image/png") { Width = Side, Height = Side, Size = PictureOf(id).Length };

    public static UnipileAttachment Voice(string id) => new(id, "audio", "audio/wav") { Flag = true, Duration = 1, Size = Tone.Length };

    public static UnipileAttachment File(string id, string name) => new(id, "file", "application/pdf") { FileName = name, Size = Page.Length };

    /// <summary>A type that is in no documentation, as new ones appear.</summary>
    public static UnipileAttachment Unknown(string id, string type) => new(id, type, null)
    {
        Raw = new JsonObject { ["type"] = type, ["story_owner"] = "cafe.aurora", ["expired"] = true, ["id"] = id, ["unavailable"] = false },
    };

    public static UnipileAttachment Sent(string id, string mimeType, string? fileName, byte[] bytes, bool isVoice = false)
    {
        var type = mimeType.Split('/')[0] switch { "image" => "img", "video" => "video", "audio" => "audio", _ => "file" };
        return new(id, type, mimeType) { FileName = fileName ?? "file", Flag = isVoice, Bytes = bytes, Size = bytes.Length, Width = type is "img" or "video" ? 1080 : 0, Height = type is "img" or "video" ? 1350 : 0 };
    }

    /// <summary>Null when the provider has it no more.</summary>
    public static byte[]? Bytes(UnipileAttachment attachment) =>
        attachment.Unavailable ? null
        : attachment.Bytes ?? attachment.Type switch { "img" => PictureOf(attachment.Id), "audio" => Tone, "file" => Page, _ => null };

    /// <summary>A face.</summary>
    public static byte[] PictureOf(string id) => Pictures[UnipileIds.Hash(id) % (ulong)Pictures.Length];

    // A gradient. The format is 200 lines shorter than a library.
    static byte[] Picture(byte red, byte green, byte blue)
    {
        var rows = new byte[Side * (1 + 3 * Side)];
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var at = y * (1 + 3 * Side) + 1 + 3 * x;
                (rows[at], rows[at + 1], rows[at + 2]) = ((byte)(red + x / 8 * 8), (byte)(green - y / 8 * 8), blue);
            }
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(rows);
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk(png, "IHDR", [0, 0, 0, Side, 0, 0, 0, Side, 8, 2, 0, 0, 0]);
        Chunk(png, "IDAT", packed.ToArray());
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    static void Chunk(MemoryStream png, string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        var crc = uint.MaxValue;
        foreach (var one in body)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        png.Write(number);
    }

    // One second of 440 Hz, 8 bits at 8 kHz.
    static byte[] MakeTone()
    {
        const int rate = 8_000;
        var wav = new byte[44 + rate];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), 36 + rate);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        wav[16] = 16;
        (wav[20], wav[22]) = (1, 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), rate);
        (wav[32], wav[34]) = (1, 8);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), rate);
        for (var i = 0; i < rate; i++) wav[44 + i] = (byte)(128 + 90 * Math.Sin(2 * Math.PI * 440 * i / rate));
        return wav;
    }
}
