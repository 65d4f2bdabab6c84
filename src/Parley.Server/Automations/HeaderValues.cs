using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Parley.Server.Automations;

/// <summary>Values of the headers of http_request are secrets: they are kept encrypted beside the steps, and a key stands in their place.</summary>
internal static class HeaderValues
{
    /// <summary>What is shown, with the key behind it; written back, it keeps what is there, while the address stays on its host.</summary>
    public const string Hidden = "********";

    const string Sign = "header:";

    /// <summary>The steps with keys in place of values, and the values by key. Those of <paramref name="before"/> that are no longer named stay: a run that waits may need them.</summary>
    public static (IReadOnlyList<AutomationAction> Actions, IReadOnlyDictionary<string, string> Values) Take(IReadOnlyList<AutomationAction> actions, IReadOnlyDictionary<string, string>? before)
    {
        var values = new Dictionary<string, string>(before ?? new Dictionary<string, string>());
        return ([.. actions.Select(action =>
        {
            if (action is not { Type: "http_request", Config: { } config } || config["headers"] is not JsonObject headers) return action;
            var copy = config.DeepClone().AsObject();
            var (keys, host) = (new JsonObject(), HostOf(config.Text("url")));
            foreach (var (name, _) in headers)
            {
                if (headers.Text(name) is not { } value) continue;
                // What was entrusted to one host is not carried to another.
                if (value.StartsWith(Hidden, StringComparison.Ordinal))
                {
                    if (values.TryGetValue(value[Hidden.Length..], out var kept) && kept.StartsWith($"{host}\n", StringComparison.Ordinal)) keys[name] = Sign + value[Hidden.Length..];
                    continue;
                }
                var key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
                values[key] = $"{host}\n{value}";
                keys[name] = Sign + key;
            }
            copy["headers"] = keys;
            return action with { Config = copy };
        })], values);
    }

    /// <summary>The steps as they are shown.</summary>
    public static IReadOnlyList<AutomationAction> Hide(IReadOnlyList<AutomationAction> actions, bool showsUrls) =>
        [.. actions.Select(action =>
        {
            if (action is not { Type: "http_request", Config: { } config }) return action;
            var copy = config.DeepClone().AsObject();
            if (copy["headers"] is JsonObject headers)
                foreach (var name in headers.Select(header => header.Key).ToList())
                    headers[name] = Hidden + (headers.Text(name) is { } key && key.StartsWith(Sign, StringComparison.Ordinal) ? key[Sign.Length..] : "");
            return action with { Config = HideUrl(action.Type, copy, showsUrls)!.AsObject() };
        })];

    /// <summary>What a request is made of, for the log: what follows the host is often as good as a password.</summary>
    public static JsonNode? HideUrl(string? type, JsonNode? request, bool showsUrls)
    {
        if (!showsUrls && type == "http_request" && request is JsonObject members && members.Text("url") is { } url)
        {
            var end = HostOf(url).Length;
            if (url.Length > end + 1) members["url"] = url[..end] + "/…";
        }
        return request;
    }

    /// <summary>A header's value: what was written, or what is kept under its key; null when that is lost.</summary>
    public static string? Find(string written, IReadOnlyDictionary<string, string> values) =>
        !written.StartsWith(Sign, StringComparison.Ordinal) ? written
        : values.TryGetValue(written[Sign.Length..], out var kept) ? kept[(kept.IndexOf('\n') + 1)..]
        : null;

    /// <summary>As it is written, variables and all: up to the end of the host.</summary>
    public static string HostOf(string? url)
    {
        var start = url?.IndexOf("://", StringComparison.Ordinal) ?? -1;
        var end = url?.IndexOfAny(['/', '?', '#'], start < 0 ? 0 : start + 3) ?? -1;
        if (url is null) return "";
        return end < 0 ? url : url[..end];
    }
}
