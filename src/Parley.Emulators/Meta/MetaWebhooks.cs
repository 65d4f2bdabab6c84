using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>Webhooks as Meta writes and signs them.</summary>
internal static class MetaWebhooks
{
    /// <summary>Messages or statuses of one number.</summary>
    public static Delivery OfNumber(MetaAccount account, JsonObject value, TimeSpan after)
    {
        value["messaging_product"] = "whatsapp";
        value["metadata"] = new JsonObject { ["display_phone_number"] = account.DisplayNumber, ["phone_number_id"] = account.PhoneNumberId };
        return Sign(account, new() { ["id"] = account.WabaId, ["changes"] = new JsonArray(new JsonObject { ["value"] = value, ["field"] = "messages" }) }, after);
    }

    /// <summary>News of the business account: these entries carry a time.</summary>
    public static Delivery OfBusiness(MetaAccount account, string field, JsonObject value, DateTimeOffset at, TimeSpan after) =>
        Sign(account, new() { ["id"] = account.WabaId, ["time"] = at.ToUnixTimeSeconds(), ["changes"] = new JsonArray(new JsonObject { ["field"] = field, ["value"] = value }) }, after);

    static Delivery Sign(MetaAccount account, JsonObject entry, TimeSpan after)
    {
        // As Meta writes it: everything beyond ASCII escaped. The signature is over these bytes and no others.
        var body = Encoding.ASCII.GetBytes(new JsonObject { ["object"] = "whatsapp_business_account", ["entry"] = new JsonArray(entry) }.ToJsonString());
        var signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(account.AppSecret), body));
        return new(account.WebhookUrl, body, [("Content-Type", "application/json"), ("X-Hub-Signature-256", signature)], after);
    }
}
