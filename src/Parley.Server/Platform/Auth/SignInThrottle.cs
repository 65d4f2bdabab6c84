using System.Security.Cryptography;
using System.Text;
using Parley.Server.Platform.Database;

namespace Parley.Server.Platform.Auth;

/// <summary>Guessing passwords gets slow: per address, per account and address, and per account. The account's own limit does not
/// bind addresses its owner signed in from before, so that a stranger cannot lock the owner out.</summary>
internal sealed class SignInThrottle(SystemDatabase database, TimeProvider time)
{
    static readonly TimeSpan Forgets = TimeSpan.FromMinutes(15);
    const int PerAddress = 30, PerPair = 8, PerAccount = 40;

    public Task<TimeSpan?> WaitForAddressAsync(string address, CancellationToken cancellationToken) => WaitAsync([(AddressKey(address), PerAddress)], cancellationToken);

    /// <summary>How long to wait, or null.</summary>
    /// <param name="isKnownAddress">True when the account's owner has signed in from there.</param>
    public Task<TimeSpan?> WaitForAccountAsync(string email, string address, bool isKnownAddress, CancellationToken cancellationToken) =>
        WaitAsync(isKnownAddress ? [(PairKey(email, address), PerPair)] : [(PairKey(email, address), PerPair), (AccountKey(email), PerAccount)], cancellationToken);

    public Task FailedAsync(string email, string address, CancellationToken cancellationToken) =>
        database.ExecuteAsync("""
            insert into login_attempts (subject, failures, last_failed_at)
            select subject, 1, @now from unnest(@subjects::text[]) as x (subject) order by subject
            on conflict (subject) do update
                set failures = case when login_attempts.last_failed_at < @since then 1 else login_attempts.failures + 1 end, last_failed_at = excluded.last_failed_at
            """, new { subjects = new[] { AddressKey(address), PairKey(email, address), AccountKey(email) }, now = time.GetUtcNow(), since = time.GetUtcNow() - Forgets }, cancellationToken);

    public Task SucceededAsync(string email, string address, CancellationToken cancellationToken) =>
        database.ExecuteAsync("delete from login_attempts where subject = @pair or last_failed_at < @since", new { pair = PairKey(email, address), since = time.GetUtcNow() - TimeSpan.FromDays(1) }, cancellationToken);

    async Task<TimeSpan?> WaitAsync((string Subject, int Most)[] limits, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var rows = await database.ListAsync<Row>("select subject, failures, last_failed_at from login_attempts where subject = any (@subjects)",
            new { subjects = limits.Select(limit => limit.Subject).ToArray() }, cancellationToken);
        TimeSpan? longest = null;
        foreach (var row in rows)
        {
            var most = limits.First(limit => limit.Subject == row.Subject).Most;
            var wait = row.LastFailedAt + Forgets - now;
            if (row.Failures >= most && wait > TimeSpan.Zero && (longest is null || wait > longest)) longest = wait;
        }
        return longest;
    }

    static string AddressKey(string address) => $"address:{address}";
    static string AccountKey(string email) => $"account:{Hash(email)}";
    static string PairKey(string email, string address) => $"pair:{Hash(email)}:{address}";
    static string Hash(string email) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(email)));

    sealed class Row
    {
        public string Subject { get; init; } = "";
        public int Failures { get; init; }
        public DateTimeOffset LastFailedAt { get; init; }
    }
}
