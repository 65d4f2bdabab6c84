using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Asks Unipile for the account itself: that tries address, key and account at once, and tells how the account is. The
/// webhook secret is not tested by this; the first webhook does that.</summary>
internal sealed class UnipileAccountTest(UnipileHistory history, TimeProvider time)
{
    const int Tries = 3;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public async Task<AccountTest> RunAsync(ChannelAccount account, CancellationToken cancellationToken)
    {
        var settings = UnipileSettings.Of(account);
        if (UnipileRequest.KeyProblem(settings) is { } problem) return new(false, problem, "credentials.api_key");
        if (UnipileRequest.Address(settings, "/") is not { } address) return new(false, "The DSN is no address; it looks like api7.unipile.com:13742.", settings.AddressField);
        if (account.ExternalId.Length == 0) return new(false, "The account id is missing.", "external_id");

        for (var tried = 1; ; tried++)
        {
            var (found, failure) = await history.FindAccountAsync(account, cancellationToken);
            if (failure is { Code: "provider_unavailable" or "connection_failed" } && tried < Tries)
            {
                await Task.Delay(Pause * tried, time, cancellationToken);
                continue;
            }
            return failure is null ? Judge(found!, account) : Refused(failure, account, settings, address);
        }
    }

    static AccountTest Judge(ConnectedAccount found, ChannelAccount account) =>
        found.Channel != account.Channel ? new(false, $"At Unipile {found.Name} is an account of {(found.ProviderType.Length == 0 ? "an unknown kind" : found.ProviderType)}, not of {account.Channel}.", "channel")
        : found.Health == AccountHealth.Ok ? new(true, $"Connected to {found.Name}.")
        : new(false, $"{found.Name}: {found.Words}");

    static AccountTest Refused(ReadFailure failure, ChannelAccount account, UnipileSettings settings, Uri address)
    {
        var said = failure.ProviderText is { } words ? $" Unipile says: {words}" : "";
        return failure.Code switch
        {
            "account_invalid" => new(false, $"Unipile does not accept the access token.{said}", "credentials.api_key"),
            "not_found" => new(false, $"Unipile knows no account with the id {account.ExternalId}. It has a new id if it was connected anew instead of reconnected.", "external_id"),
            "account_disconnected" => new(false, failure.Words),
            "connection_failed" => new(false, $"We could not reach {address.Authority}.{(failure.ProviderText is { } reason ? $" ({reason})" : "")}", settings.AddressField),
            "unreadable" => new(false, $"{address.Authority} answered, but not like Unipile.", settings.AddressField),
            "rate_limited" => new(false, "Unipile asked us to slow down. Try again in a minute."),
            "provider_unavailable" => new(false, $"Unipile has a problem of its own. Try again later.{said}"),
            _ => new(false, $"Unipile refused the question.{said}"),
        };
    }
}
