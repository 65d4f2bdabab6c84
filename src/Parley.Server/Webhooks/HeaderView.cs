using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Parley.Server.Webhooks;

/// <summary>Request headers as channels see them, without a copy.</summary>
internal sealed class HeaderView(IHeaderDictionary headers) : IReadOnlyDictionary<string, string>
{
    public string this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException();
    public IEnumerable<string> Keys => headers.Keys;
    public IEnumerable<string> Values => headers.Values.Select(value => value.ToString());
    public int Count => headers.Count;
    public bool ContainsKey(string key) => headers.ContainsKey(key);
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => headers.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString())).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        var found = headers.TryGetValue(key, out var values);
        value = found ? values.ToString() : null;
        return found;
    }
}
