using System.Threading.Channels;

namespace Parley.Emulators;

/// <summary>One webhook to deliver.</summary>
/// <param name="Answered">Told the status of each attempt; null when nothing answered.</param>
internal sealed record Delivery(string Url, byte[] Body, IReadOnlyList<(string Name, string Value)> Headers, TimeSpan After, Action<int?>? Answered = null)
{
    public DeliveryRules Rules { get; init; } = DeliveryRules.UntilAccepted;
}

/// <summary>How a provider delivers.</summary>
/// <param name="Pauses">Before each attempt after the first; the last one is repeated when there are more attempts than pauses.</param>
/// <param name="Only200">Another 2xx is a failure, too.</param>
internal sealed record DeliveryRules(IReadOnlyList<TimeSpan> Pauses, int Retries, TimeSpan Patience, bool Only200 = false)
{
    /// <summary>Whatever was answered ends it: only a call that nobody answered is repeated.</summary>
    public bool AnyAnswer { get; init; }

    public static DeliveryRules UntilAccepted { get; } =
        new([TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)], 200, TimeSpan.FromSeconds(15));

    public bool IsAccepted(int? status) => AnyAnswer ? status is not null : Only200 ? status == 200 : status is >= 200 and <= 299;
}

/// <summary>Delivers webhooks as providers do: at least once, again with growing pauses until they are accepted.</summary>
internal sealed class Courier(TimeProvider time) : BackgroundService
{
    readonly Channel<Delivery> _waiting = Channel.CreateUnbounded<Delivery>();
    readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64, AllowAutoRedirect = false, UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };

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
            var rules = delivery.Rules;
            for (var retry = 0; !rules.IsAccepted(status) && retry < rules.Retries; retry++)
            {
                await Task.Delay(rules.Pauses[Math.Min(retry, rules.Pauses.Count - 1)], time, stopping);
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
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            patience.CancelAfter(delivery.Rules.Patience);
            using var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new ByteArrayContent(delivery.Body) };
            foreach (var (name, value) in delivery.Headers)
                if (!request.Headers.TryAddWithoutValidation(name, value)) request.Content.Headers.TryAddWithoutValidation(name, value);
            using var response = await _http.SendAsync(request, patience.Token);
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
