namespace Parley.Server.Templates;

/// <summary>What a template is for. Four words, whoever keeps it; providers have three of their own (Meta and Twilio: utility, marketing, authentication).</summary>
internal static class TemplateCategories
{
    public static readonly IReadOnlyList<string> All = ["text", "marketing", "otp", "transactional"];

    /// <summary>Ours for a provider's: what has not been given one is text.</summary>
    public static string Of(string? category) => category switch
    {
        "marketing" => "marketing",
        "otp" or "authentication" => "otp",
        "transactional" or "utility" => "transactional",
        _ => "text",
    };

    /// <summary>The category that providers know for ours.</summary>
    public static string AtProvider(string? category) => Of(category) switch { "marketing" => "marketing", "otp" => "authentication", _ => "utility" };

    /// <summary>What may stand in a row whose category is this one of ours.</summary>
    public static string[] Stored(string category) => category switch
    {
        "otp" => ["otp", "authentication"],
        "transactional" => ["transactional", "utility"],
        "text" => ["text", ""],
        _ => [category],
    };
}
