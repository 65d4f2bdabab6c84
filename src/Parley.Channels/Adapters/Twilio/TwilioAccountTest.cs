using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Twilio;

/// <summary>Asks for the account's newest message: Twilio answers only who has the account and its token. Whether the number is the
/// account's own cannot be asked for WhatsApp's numbers; the first message tells.</summary>
internal sealed class TwilioAccountTest(TwilioClient client)
{
    public async Task<AccountTest> RunAsync(ChannelAccount account, CancellationToken cancellationToken)
    {
        var settings = TwilioSettings.Of(account);
        if (TwilioRequest.Problem(settings) is var (problem, field)) return new(false, problem, field);
        if (TwilioAddresses.Account(account.Channel, account.ExternalId) is not { } number)
            return new(false, "This is no number as Twilio writes it, such as whatsapp:+14155238886 or +15557650000.", "external_id");
        if (TwilioRequest.Address(settings.BaseUrl, "/") is null) return new(false, "The API address must start with http:// or https://.", "config.base_url");
        var path = TwilioRequest.Account(settings, $"/Messages.json?PageSize=1&To={Uri.EscapeDataString(number)}");
        for (var attempt = 1; ; attempt++)
        {
            var (answer, failure) = await client.AskAsync(account, settings.BaseUrl, path, cancellationToken);
            using (answer)
            {
                if (answer is not null)
                    return answer.RootElement.Get("messages"u8).ValueKind == System.Text.Json.JsonValueKind.Array
                        ? new(true, $"Twilio accepts this account. Messages go out from {number}.")
                        : new(false, "The address answered, but not like Twilio.", "config.base_url");
                if (failure!.Retry == Retry.Later && failure.Code != ReadFailure.RateLimited.Code && attempt < 3) continue;
                return Refused(failure, settings);
            }
        }
    }

    static AccountTest Refused(ReadFailure failure, TwilioSettings settings)
    {
        var said = failure.ProviderText is { Length: > 0 } words ? $" Twilio says: {words}" : "";
        var address = settings.IsTwilioItself ? null : "config.base_url";
        return failure switch
        {
            { Code: "account_invalid", ProviderCode: "20404" } or { Code: "not_found" } => new(false, $"Twilio knows no account with this SID.{said}", "config.account_sid"),
            { Code: "account_invalid" } => new(false, $"Twilio does not accept the auth token for this account SID.{said}", "credentials.auth_token"),
            { Code: "rate_limited" } => new(false, "Twilio asked us to slow down. Try again in a minute."),
            { Code: "provider_unavailable" } => new(false, $"Twilio has a problem of its own. Try again later.{said}"),
            { Code: "connection_failed" } => new(false, $"We could not reach Twilio ({failure.ProviderText ?? "the connection broke"}).", address),
            { Code: "unreadable" } => new(false, "The address answered, but not like Twilio.", "config.base_url"),
            _ => new(false, $"Twilio refused.{said}"),
        };
    }
}
