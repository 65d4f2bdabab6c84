using System.Net;
using System.Text;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>The fields of a form, decoded, in the order in which they came. Bytes that are no UTF-8 become U+FFFD; nothing throws.</summary>
internal sealed class TwilioForm
{
    readonly Dictionary<string, string> byName = new(StringComparer.Ordinal);

    public IReadOnlyList<KeyValuePair<string, string>> Fields { get; }

    public TwilioForm(ReadOnlySpan<byte> body)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var pair in Encoding.UTF8.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=');
            var (name, value) = at < 0 ? (pair, "") : (pair[..at], pair[(at + 1)..]);
            fields.Add(new(WebUtility.UrlDecode(name), WebUtility.UrlDecode(value)));
        }
        Fields = fields;
        foreach (var (name, value) in fields) byName.TryAdd(name, value);
    }

    /// <summary>The first of that name, storable; null when it is missing or empty.</summary>
    public string? Text(string name) => byName.TryGetValue(name, out var value) && value.Length > 0 ? StorableText.Clean(value) : null;

    public string? Id(string name) => StorableText.Id(Text(name));

    public bool IsTrue(string name) => string.Equals(Text(name), "true", StringComparison.OrdinalIgnoreCase);
}
