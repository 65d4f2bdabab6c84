using System.Globalization;

namespace Parley.Bench;

/// <summary>--name value pairs behind the bench's name.</summary>
internal sealed record Options(IReadOnlyDictionary<string, int> Values)
{
    /// <exception cref="ArgumentException">An option that the bench does not have, or one without a number above 0.</exception>
    public static Options Of(string[] args, params string[] known)
    {
        var values = new Dictionary<string, int>();
        for (var i = 1; i < args.Length; i += 2)
        {
            var name = args[i].TrimStart('-');
            if (!known.Contains(name)) throw new ArgumentException($"{args[0]} has no option {args[i]}. It has: {string.Join(", ", known.Select(option => $"--{option}"))}.");
            if (i + 1 == args.Length || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
                throw new ArgumentException($"--{name} takes a whole number above 0.");
            values[name] = number;
        }
        return new(values);
    }

    public int Number(string name, int otherwise) => Values.GetValueOrDefault(name, otherwise);
}
