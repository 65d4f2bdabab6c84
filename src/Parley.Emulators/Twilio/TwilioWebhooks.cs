using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Emulators.Twilio;

/// <summary>Webhooks as Twilio writes, signs and delivers them.</summary>
internal static class TwilioWebhooks
{
    /// <summary>What stands after # in an address says how to deliver (ct, rt, tt, rc, rp), and is neither sent nor signed.</summary>
    public static Delivery Of(string url, string authToken, IReadOnlyList<KeyValuePair<string, string>> fields, TimeSpan after)
    {
        var parts = url.Split('#', 2);
        var body = Encoding.ASCII.GetBytes(string.Join('&', fields.Select(field => $"{Encode(field.Key)}={Encode(field.Value)}")));
        return new(parts[0], body,
        [
            ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"), ("X-Twilio-Signature", Sign(authToken, parts[0], fields)),
            ("I-Twilio-Idempotency-Token", Guid.CreateVersion7().ToString()), ("User-Agent", "TwilioProxy/1.1"),
        ], after)
        {
            Rules = Rules(parts.Length == 2 ? parts[1] : ""),
        };
    }

    public static string Sign(string authToken, string url, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        var signed = url + string.Concat(fields.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => field.Key + field.Value));
#pragma warning disable CA5350 // SHA-1 is Twilio's choice.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(signed)));
#pragma warning restore CA5350
    }

    // A space is a plus in a form.
    static string Encode(string text) => Uri.EscapeDataString(text).Replace("%20", "+");

    /// <summary>Unless told otherwise: one more try, and only when nobody answered the call.</summary>
    static DeliveryRules Rules(string fragment)
    {
        var settings = fragment.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        var retries = settings.TryGetValue("rc", out var count) && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Min(asked, 5) : 1;
        var isAlways = settings.GetValueOrDefault("rp", "ct").Split(',').Any(policy => policy is "all" or "5xx");
        return new([TimeSpan.FromMilliseconds(100)], retries, TimeSpan.FromSeconds(15)) { AnyAnswer = !isAlways };
    }
}
