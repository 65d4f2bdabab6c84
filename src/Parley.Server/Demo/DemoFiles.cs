using System.IO.Compression;
using System.Text;

namespace Parley.Server.Demo;

/// <summary>Small real files, made here: a picture, a document, a voice note.</summary>
internal static class DemoFiles
{
    /// <summary>A PNG with two colours that run into each other.</summary>
    public static byte[] Picture(int seed)
    {
        const int width = 320, height = 240;
        var (from, to) = (new[] { seed * 53 % 200 + 40, seed * 97 % 200 + 40, seed * 29 % 200 + 40 }, new[] { seed * 71 % 200 + 40, seed * 13 % 200 + 40, seed * 61 % 200 + 40 });
        using var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var row = new byte[1 + width * 3];
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                    for (var c = 0; c < 3; c++)
                        row[1 + x * 3 + c] = (byte)(from[c] + (to[c] - from[c]) * (x * height + y * width) / (2 * width * height));
                zip.Write(row);
            }
        }
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(png, "IHDR", [.. Big(width), .. Big(height), 8, 2, 0, 0, 0]);
        Chunk(png, "IDAT", packed.ToArray());
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    /// <summary>A PDF of one page with one line.</summary>
    public static byte[] Document(string line)
    {
        var text = $"BT /F1 18 Tf 72 720 Td ({new string([.. line.Where(letter => letter is >= ' ' and <= '~' and not ('(' or ')' or '\\'))])}) Tj ET";
        string[] objects =
        [
            "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            $"<</Length {text.Length}>>\nstream\n{text}\nendstream", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ];
        var pdf = new StringBuilder("%PDF-1.4\n");
        var places = new List<int>();
        for (var i = 0; i < objects.Length; i++)
        {
            places.Add(pdf.Length);
            pdf.Append($"{i + 1} 0 obj\n{objects[i]}\nendobj\n");
        }
        var table = pdf.Length;
        pdf.Append($"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n{string.Concat(places.Select(place => $"{place:0000000000} 00000 n \n"))}trailer<</Size {objects.Length + 1}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n");
        return Encoding.ASCII.GetBytes(pdf.ToString());
    }

    /// <summary>Two seconds of a soft tone that comes and goes, as WAV.</summary>
    public static byte[] Voice()
    {
        const int rate = 8000, count = rate * 2;
        using var wav = new MemoryStream();
        using var writer = new BinaryWriter(wav);
        writer.Write("RIFF"u8);
        writer.Write(36 + count * 2);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(rate);
        writer.Write(rate * 2);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(count * 2);
        for (var i = 0; i < count; i++) writer.Write((short)(Math.Sin(i * 2 * Math.PI * 220 / rate) * Math.Sin(i * Math.PI * 3 / count) * 6000));
        return wav.ToArray();
    }

    static byte[] Big(int number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];

    static void Chunk(Stream to, string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        to.Write(Big(data.Length));
        to.Write(body);
        var crc = 0xFFFFFFFFu;
        foreach (var one in body)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
        }
        to.Write(Big((int)~crc));
    }
}
