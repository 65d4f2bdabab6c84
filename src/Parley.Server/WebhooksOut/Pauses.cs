namespace Parley.Server.WebhooksOut;

/// <summary>When something is tried again.</summary>
internal static class Pauses
{
    /// <summary>So long an endpoint may fail without any success before it is switched off.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    static readonly TimeSpan[] OfDelivery =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    // What waits behind a dead endpoint costs one probe in ten minutes, however much it is.
    static readonly TimeSpan[] OfEndpoint =
    [
        TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10),
    ];

    /// <summary>Tries of one delivery.</summary>
    public static int Tries => OfDelivery.Length + 1;

    /// <summary>The pause after the n-th try of a delivery, a little longer each time by chance, so that what failed together does not come back together. Null: that was the last.</summary>
    public static TimeSpan? AfterTry(int n) => n >= Tries ? null : OfDelivery[n - 1] * (1 + (Random.Shared.NextDouble() / 10));

    /// <summary>The pause of an endpoint that failed the n-th time in a row.</summary>
    public static TimeSpan AfterFailure(int n) => OfEndpoint[Math.Min(n, OfEndpoint.Length) - 1];
}
