namespace Parley.Server.Platform.Configuration;

/// <summary>Reads NAME=value files: comments, "export ", and quotes as shells know them; nothing is expanded.</summary>
internal static class DotEnv
{
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        var values = new Dictionary<string, string>();
        if (!File.Exists(path)) return values;
        foreach (var line in File.ReadLines(path))
        {
            var text = line.Trim();
            if (text.StartsWith("export ", StringComparison.Ordinal)) text = text[7..].TrimStart();
            var equals = text.IndexOf('=');
            if (text.StartsWith('#') || equals <= 0) continue;
            values[text[..equals].TrimEnd()] = Value(text[(equals + 1)..].Trim());
        }
        return values;
    }

    static string Value(string text)
    {
        if (text.Length >= 2 && text[0] is '"' or '\'' && text.IndexOf(text[0], 1) is var end and > 0) return text[1..end];
        var comment = text.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? text : text[..comment].TrimEnd();
    }
}
