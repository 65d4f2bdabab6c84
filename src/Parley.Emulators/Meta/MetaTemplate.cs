using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Emulators.Meta;

/// <summary>One template in one language.</summary>
/// <param name="Order">When it came, among all: pages go by it.</param>
/// <param name="Review">What a review that is under way will say, and when.</param>
internal sealed record MetaTemplate(
    long Order, string Id, string WabaId, string Name, string Language, string Category, bool IsNamed, JsonArray Components,
    string Status = "APPROVED", string RejectedReason = "NONE", string Quality = "GREEN", MetaReview? Review = null)
{
    public JsonNode? Component(string type) => Components.FirstOrDefault(component => string.Equals(component.Text("type"), type, StringComparison.OrdinalIgnoreCase));

    public string? BodyText => Component("BODY").Text("text");

    public IReadOnlyList<JsonNode?> Buttons => Component("BUTTONS").List("buttons");

    /// <summary>The names in {{…}} of a text, each once, in order.</summary>
    public static IReadOnlyList<string> Variables(string? text) => [.. Placeholder.Matches(text ?? "").Select(match => match.Groups[1].Value).Distinct()];

    public static string Fill(string? text, IReadOnlyDictionary<string, string> values) =>
        Placeholder.Replace(text ?? "", match => values.GetValueOrDefault(match.Groups[1].Value, match.Value));

    static readonly Regex Placeholder = new(@"\{\{\s*([A-Za-z0-9_]+)\s*\}\}", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}

/// <summary>How a review will end.</summary>
internal sealed record MetaReview(DateTimeOffset At, string Event, string Reason);
