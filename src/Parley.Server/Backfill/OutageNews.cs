namespace Parley.Server.Backfill;

/// <summary>A webhook was answered with an error of ours: what it said must be fetched, where the provider does not come again.</summary>
internal sealed class OutageNews
{
    readonly SemaphoreSlim _told = new(0, 1);

    public void Tell()
    {
        try { _told.Release(); }
        catch (SemaphoreFullException) { }   // told already
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _told.WaitAsync(cancellationToken);
}
