using System.Threading.Channels;

namespace Parley.Emulators;

/// <summary>One webhook to deliver.</summary>
/// <param name="Answered">Told the status of each attempt; null when nothing answered.</param>
internal sealed record Delivery(string Url, byte[] Body, string SignatureHeader, string Signature, TimeSpan After, Action<int?>? Answered = null);

/// <summary>Delivers webhooks as providers do: at least once, again with growing pauses until there is a 2xx.</summary>
internal sealed class Courier(TimeProvider time) : BackgroundService
{
    static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)];
    readonly Channel<Delivery> _waiting = Channel.CreateUnbounded<Delivery>();
    readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64, AllowAutoRedirect = false, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(15) };

    public void Send(Delivery delivery) => _waiting.Writer.TryWrite(delivery);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var slots = new SemaphoreSlim(64);
        await foreach (var delivery in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            if (delivery.After > TimeSpan.Zero)
            {
                _ = LaterAsync(delivery, stoppingToken);
                continue;
            }
            await slots.WaitAsync(stoppingToken);
            _ = DeliverAsync(delivery, slots, stoppingToken);
        }
    }

    async Task LaterAsync(Delivery delivery, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(delivery.After, time, stopping);
            Send(delivery with { After = TimeSpan.Zero });
        }
        catch (OperationCanceledException) { }
    }

    async Task DeliverAsync(Delivery delivery, SemaphoreSlim slots, CancellationToken stopping)
    {
        try
        {
            int? status;
            try { status = await PostAsync(delivery, stopping); }
            finally { slots.Release(); }
            delivery.Answered?.Invoke(status);
            for (var attempt = 0; status is null or < 200 or > 299; attempt++)
            {
                if (attempt == 200) return;
                await Task.Delay(Pauses[Math.Min(attempt, Pauses.Length - 1)], time, stopping);
                status = await PostAsync(delivery, stopping);
                delivery.Answered?.Invoke(status);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException) { delivery.Answered?.Invoke(null); }
    }

    async Task<int?> PostAsync(Delivery delivery, CancellationToken stopping)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new ByteArrayContent(delivery.Body) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.TryAddWithoutValidation(delivery.SignatureHeader, delivery.Signature);
            using var response = await _http.SendAsync(request, stopping);
            return (int)response.StatusCode;
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or InvalidOperationException) { return null; }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested) { return null; }
    }

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }
}
