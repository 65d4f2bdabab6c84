using System.Security.Cryptography;
using System.Text;
using Parley.Server.Platform.Database;

namespace Parley.Server.Platform.Auth;

/// <summary>Guessing passwords gets slow: per address, per account and address, and per account. The account's own limit does not
/// bind addresses its owner signed in from before, so that a stranger cannot lock the owner out. A try is counted before the
/// password is looked at, so that many at once are no way around it.</summary>
internal sealed class SignInThrottle(SystemDatabase database, TimeProvider time)
{
    static readonly TimeSpan Forgets = TimeSpan.FromMinutes(15);
    static readonly TimeSpan AddressIsKnown = TimeSpan.FromDays(180);
    const int PerAddress = 30, PerPair = 8, PerAccount = 40;

    /// <summary>True when the owner of this e-mail address has signed in from there in the last half year.</summary>
    public Task<bool> IsKnownAddressAsync(string email, string address, CancellationToken cancellationToken) =>
        database.FindAsync<bool>("""
            select exists (select 1 from logins l join login_addresses a on a.user_id = l.user_id where l.email = @email and a.address = @address)
            """, new { email, address }, cancellationToken);

    /// <summary>Counts a try. How long to wait instead of trying, or null.</summary>
    /// <param name="account">The e-mail address, or what else names the account.</param>
    /// <param name="isKnownAddress">True when the account's owner has signed in from there.</param>
    public async Task<TimeSpan?> TakeAsync(string account, string address, bool isKnownAddress, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var subjects = Subjects(account, address);
        var most = new[] { PerAddress, PerPair, isKnownAddress ? int.MaxValue : PerAccount };
        // The limit is asked twice: a try over one limit must not count for the others, and of several at once only as many may pass.
        var taken = await database.ChangeAsync(change => change.ListAsync<string>("""
            with wanted as (select * from unnest(@subjects::text[], @most::int[]) as x (subject, most)),
            full_ as (
                select 1 from login_attempts a join wanted w on w.subject = a.subject where a.failures >= w.most and a.last_failed_at >= @since
            )
            insert into login_attempts as a (subject, failures, last_failed_at)
            select subject, 1, @now from wanted where not exists (select 1 from full_) order by subject
            on conflict (subject) do update
                set failures = case when a.last_failed_at < @since then 1 else a.failures + 1 end, last_failed_at = excluded.last_failed_at
                where a.last_failed_at < @since or a.failures < (select most from wanted w where w.subject = a.subject)
            returning subject
            """, new { subjects, most, now, since = now - Forgets }, cancellationToken), cancellationToken);
        if (taken.Count == subjects.Length) return null;
        var last = await database.FindAsync<DateTimeOffset?>("""
            select max(a.last_failed_at)
            from login_attempts a
            join unnest(@subjects::text[], @most::int[]) as w (subject, most) on w.subject = a.subject
            where a.failures >= w.most
            """, new { subjects, most }, cancellationToken);
        var wait = (last ?? now) + Forgets - now;
        return wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1);
    }

    /// <summary>It was the right password: the try does not count, and who tries from there starts anew.</summary>
    public Task SucceededAsync(string account, string address, Guid user, CancellationToken cancellationToken)
    {
        var subjects = Subjects(account, address);
        var now = time.GetUtcNow();
        return database.ChangeAsync(change => change.ExecuteAsync("""
            update login_attempts a set failures = case when a.subject = @pair then 0 else greatest(a.failures - 1, 0) end
            from (select subject from login_attempts where subject = any (@subjects) order by subject for update) mine
            where a.subject = mine.subject;
            insert into login_addresses (user_id, address, last_used_at) values (@user, @address, @now)
            on conflict (user_id, address) do update set last_used_at = excluded.last_used_at;
            delete from login_addresses where user_id = @user and last_used_at < @old
            """, new { subjects, pair = subjects[1], user, address, now, old = now - AddressIsKnown }, cancellationToken), cancellationToken);
    }

    static string[] Subjects(string account, string address)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(account)));
        return [$"address:{address}", $"pair:{hash}:{address}", $"account:{hash}"];
    }
}
