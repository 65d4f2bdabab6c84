using System.Text.Json;

namespace Parley.Channels.Adapters.Meta;

/// <summary>What Meta's notices about quality say, where they say something bad (Meta, "Webhooks: WhatsApp Business Account", read 2026-11).</summary>
internal static class MetaQuality
{
    /// <summary>Null when all is well.</summary>
    public static string? WordsOf(string field, JsonElement value) => (field, value.Get("event"u8).Text()) switch
    {
        ("phone_number_quality_update", "FLAGGED") => "Meta flagged this number: people block or report its messages.",
        ("phone_number_quality_update", "DOWNGRADE") => "Meta lowered how many people this number may write to.",
        ("message_template_quality_update", _) when value.Get("new_quality_score"u8).Text() == "RED" => $"Meta rates the template {value.Get("message_template_name"u8).Text()} RED: people block or report it.",
        ("account_update", "ACCOUNT_VIOLATION") => "Meta says that this account violates a policy.",
        ("account_update", "ACCOUNT_RESTRICTION" or "DISABLED_UPDATE") => "Meta restricts this account.",
        _ => null,
    };
}
