namespace Parley.Server.Backfill;

/// <summary>When a provider's list of messages is read.</summary>
/// <param name="Net">Beside all occasions, as often as this.</param>
/// <param name="Unreachable">As often where webhooks cannot reach us at all.</param>
/// <param name="Grace">Younger messages are left to their webhook, which knows more of them.</param>
/// <param name="Overlap">Read again before the end of the last reading: clocks differ, and lists fill late.</param>
internal sealed record BackfillPacing(TimeSpan Net, TimeSpan Unreachable, TimeSpan Grace, TimeSpan Overlap)
{
    public static BackfillPacing Default { get; } = new(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10));
}
