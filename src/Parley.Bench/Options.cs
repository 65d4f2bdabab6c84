using System.Globalization;

namespace Parley.Bench;

/// <summary>--name value pairs behind the bench's name.</summary>
internal sealed record Options(IReadOnlyDictionary<string, string> Values)
{
    public static Options Of(string[] args)
    {
        var values = new Dictionary<string, string>();
        for (var i = 1; i + 1 < args.Length; i += 2) values[args[i].TrimStart('-')] = args[i + 1];
        return new(values);
    }

    public int Number(string name, int otherwise) =>
        Values.TryGetValue(name, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : otherwise;
}
