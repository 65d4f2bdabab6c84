using System.Text.Json.Nodes;

namespace Parley.Channels.Tests.Support;

/// <summary>What providers sent, as files: Recorded/&lt;provider&gt;/webhooks/NAME.json (or .form) with NAME.expected beside it, and
/// Recorded/&lt;provider&gt;/errors/NAME.json with the answer and the failure it must become.</summary>
static class Recorded
{
    static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Recorded");

    public static IEnumerable<string> Webhooks(string provider) => Names(provider, "webhooks");

    public static byte[] Webhook(string provider, string name) =>
        File.ReadAllBytes(Directory.EnumerateFiles(Path.Combine(Folder, provider, "webhooks"), name + ".*").Single(file => !file.EndsWith(".expected", StringComparison.Ordinal)));

    public static string Expected(string provider, string name)
    {
        var file = Path.Combine(Folder, provider, "webhooks", name + ".expected");
        return File.Exists(file) ? File.ReadAllText(file).TrimEnd() : "(nothing recorded)";
    }

    public static IEnumerable<RecordedError> Errors(string provider) => Names(provider, "errors").Select(name => Error(provider, name));

    public static RecordedError Error(string provider, string name)
    {
        var file = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, provider, "errors", name + ".json")))!;
        return new(
            name,
            (int)file["status"]!,
            file["headers"]!.AsObject().ToDictionary(header => header.Key, header => (string)header.Value!),
            file["body"] is JsonValue text ? (string)text! : file["body"]!.ToJsonString(),
            (string)file["expected"]!["code"]!,
            (string)file["expected"]!["retry"]!);
    }

    static IEnumerable<string> Names(string provider, string kind) =>
        Directory.EnumerateFiles(Path.Combine(Folder, provider, kind)).Where(file => file.EndsWith(".json", StringComparison.Ordinal) || file.EndsWith(".form", StringComparison.Ordinal)).Select(file => Path.GetFileNameWithoutExtension(file)!).Order();
}

sealed record RecordedError(
    string Name, int Status, IReadOnlyDictionary<string, string> Headers, string Body, string ExpectedCode, string ExpectedRetry);
