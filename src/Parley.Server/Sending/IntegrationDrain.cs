using System.Diagnostics;
using System.Text.Json.Nodes;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Integrations;
using Parley.Server.Platform.Telemetry;

namespace Parley.Server.Sending;

/// <summary>Sends what one integration has queued, while this node holds its lease: replies before bulk, first in first out
/// inside a conversation, many conversations at once, never faster than the rate limit.
/// :: 1 claim, a little ahead of the limit, which commits "sending" · 2 the gate · 3 its file, if the provider lacks it · 4 the provider · 5 the outcome, committed · 6 the conversation is free.</summary>
internal sealed partial class IntegrationDrain(
    OutboxKey key, Guid owner, long fence, OutboxStore store, OutcomeWriter outcomes, SendGate gate, ChannelCatalog catalog,
    IntegrationDirectory directory, IntegrationStore integrations, OutgoingFiles files, PublicAddress address, TimeProvider time, ILogger logger)
{
    const int MostTries = 20;   // with the pauses between them, about an hour
    static readonly TimeSpan Idle = TimeSpan.FromSeconds(3);
    static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(3);

    // A provider that has not answered by then has the message all the same, and counts it against the limit from then on.
    static readonly TimeSpan ArrivesWithin = TimeSpan.FromMilliseconds(15);

    // How much is claimed ahead of the limit: then a claim takes many, and the limit is used while one is under way. A stop does not reach it.
    static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(50);

    // After a claim that found nothing, only news are reason enough to look again sooner: most conversations that become free have nothing more to say.
    static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(40);

    readonly SemaphoreSlim _wake = new(0, 1);
    readonly Lock _gate = new();
    readonly HashSet<Guid> _inFlight = [];
    readonly Dictionary<Guid, DateTimeOffset> _held = [];
    readonly PriorityQueue<Outgoing, (short, int)> _hand = new();   // claimed, and not yet allowed to leave
    int _claimed;
    DateTimeOffset _pausedUntil;
    volatile bool _hasNews;

    /// <summary>Something was queued.</summary>
    public void Wake()
    {
        _hasNews = true;
        LookAgain();
    }

    void LookAgain()
    {
        try { _wake.Release(); }
        catch (SemaphoreFullException) { }   // already awake
    }

    /// <summary>Returns when there is nothing left to do, the lease is lost, or <paramref name="stopping"/> fires: then calls
    /// under way are given up at <paramref name="abandon"/> and their outcome is unknown.</summary>
    public async Task RunAsync(CancellationToken stopping, CancellationToken abandon)
    {
        var lost = false;
        try
        {
            foreach (var held in await store.ListHeldAsync(key, stopping)) _held[held.ConversationId] = held.Until;
            var rate = new SendingRate(await RateAsync(), time);
            var idleSince = time.GetTimestamp();
            long? renewed = null;
            var isEmpty = false;   // the last claim found nothing
            while (!stopping.IsCancellationRequested)
            {
                // A limit that was changed holds for the next message.
                if (await RateAsync() is var perSecond && perSecond != rate.PerSecond) rate = new SendingRate(perSecond, time);
                var now = time.GetUtcNow();
                // Whoever stood still for so long may have lost the lease: another node may have it, and a stop may have been answered.
                var isSure = renewed is { } since && time.GetElapsedTime(since) < OutboxStore.LeaseTime - Margin;
                if (now < _pausedUntil || !isSure) GiveBack();
                else Start(rate, abandon);
                var free = MostInFlight(rate) - CountInFlight();
                var ahead = (int)(rate.PerSecond * Ahead.TotalSeconds);
                var most = now < _pausedUntil ? 0 : Math.Min(free, rate.Available(free) + ahead - _hand.Count);
                var isRenewal = renewed is null || time.GetElapsedTime(renewed.Value) >= RenewEvery;
                // It is worth a claim when half of the hand is gone.
                var isWorthIt = most > 0 && _hand.Count <= ahead / 2 && !(isEmpty && !_hasNews && time.GetElapsedTime(renewed!.Value) < Rest);
                if (!isWorthIt && !isRenewal)
                {
                    await WaitAsync(_hand.Count > 0 || most <= 0 && free > 0 ? Soonest(rate, now) : isEmpty && most > 0 ? Rest : TimeSpan.FromSeconds(1), stopping);
                    continue;
                }
                if (most > 0) _hasNews = false;
                var claimed = await store.ClaimAsync(key, owner, fence, Busy(now), most, stopping);   // :: 1
                if (claimed is null)
                {
                    Log.LeaseLost(logger, key.IntegrationId);
                    lost = true;
                    return;
                }
                renewed = time.GetTimestamp();
                if (most > 0) isEmpty = claimed.Count == 0;
                foreach (var message in claimed)
                {
                    lock (_gate) _inFlight.Add(message.ConversationId);
                    _hand.Enqueue(message, (message.Priority, _claimed++));
                }
                if (claimed.Count > 0)
                {
                    idleSince = renewed.Value;
                    continue;   // they leave as the limit allows; and where fewer came than might, the window held more of the same conversations: look once more
                }
                if (IsQuiet() && time.GetElapsedTime(idleSince) > Idle) return;
                if (isEmpty && _hand.Count == 0) await WaitAsync(TimeSpan.FromSeconds(1), stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }
        finally
        {
            GiveBack();
            await DrainAsync();
            if (!lost)
            {
                try { await store.ReleaseAsync(key, owner, fence, CancellationToken.None); }
                catch (Npgsql.NpgsqlException) { }   // it ends by itself
            }
        }
    }

    // What is in the hand leaves as the limit allows, replies first.
    void Start(SendingRate rate, CancellationToken abandon)
    {
        for (var allowed = rate.Available(_hand.Count); allowed > 0; allowed--) _ = SendAsync(_hand.Dequeue(), rate, rate.Take(), abandon);
    }

    // Nobody may be called now: what was claimed waits in the queue, where a stop or a cancellation reaches it.
    void GiveBack()
    {
        while (_hand.TryDequeue(out var message, out _)) _ = GiveBackAsync(message);
    }

    async Task GiveBackAsync(Outgoing message)
    {
        try { await outcomes.WriteAsync(new Outcome(message.TenantId, message.Id, message.Attempt, "queued")); }
        catch (Exception failure) { Log.AttemptLost(logger, message.Id, failure); }
        lock (_gate) _inFlight.Remove(message.ConversationId);
        LookAgain();
    }

    TimeSpan Soonest(SendingRate rate, DateTimeOffset now) => now < _pausedUntil ? Smaller(_pausedUntil - now, TimeSpan.FromSeconds(1)) : rate.UntilNext();

    static TimeSpan Smaller(TimeSpan a, TimeSpan b) => a < b ? a : b;

    bool IsQuiet()
    {
        lock (_gate) return _inFlight.Count == 0 && _held.Count == 0;
    }

    // Two seconds' worth: a provider may take that long to answer, and the limit is still used.
    static int MostInFlight(SendingRate rate) => (int)Math.Clamp(rate.PerSecond * 2, 64, 2000);

    int CountInFlight()
    {
        lock (_gate) return _inFlight.Count;
    }

    // The conversations that must wait.
    Guid[] Busy(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var conversation in _held.Where(held => held.Value <= now).Select(held => held.Key).ToList()) _held.Remove(conversation);
            return [.. _inFlight, .. _held.Keys];
        }
    }

    // Waits for news, or for a while. A limit of many per second is not asked more often than every 2 ms.
    async Task WaitAsync(TimeSpan longest, CancellationToken stopping)
    {
        var wait = longest < TimeSpan.FromMilliseconds(2) ? TimeSpan.FromMilliseconds(2) : longest;
        using var timeout = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, timeout.Token);
        try { await _wake.WaitAsync(either.Token); }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested) { }
    }

    async Task DrainAsync()
    {
        while (true)
        {
            lock (_gate) if (_inFlight.Count == 0) return;
            await _wake.WaitAsync(TimeSpan.FromMilliseconds(100));
        }
    }

    async Task SendAsync(Outgoing message, SendingRate rate, SendingRate.Permit permit, CancellationToken abandon)
    {
        await Task.Yield();
        DateTimeOffset? hold = null;
        var attempt = new Attempt(permit);
        try
        {
            using var step = MessageTrace.Start("message.send", message.Id, message.TenantId, ActivityKind.Client);
            SendResult result;
            try
            {
                // :: 2
                result = gate.Refuse(message, time.GetUtcNow()) is { } refusal ? SendResult.Failed(refusal) : await CallAsync(message, rate, attempt, abandon);
            }
            catch (Exception failure)
            {
                // Whether it left is known even when nothing else is.
                Log.AttemptBroke(logger, message.Id, failure);
                result = SendResult.Failed(attempt.HasLeft ? SendFailure.OutcomeUnknown : SendFailure.OurFault);
            }
            var outcome = Judge(message, result);
            step?.SetTag("parley.status", outcome.Status).SetTag("parley.failure", outcome.Failure?.Code);
            Meters.Sends.Add(1, new KeyValuePair<string, object?>("outcome", outcome.Status), new("failure", outcome.Failure?.Code));
            if (outcome.Status == "queued") hold = outcome.SendAfter;
            if (outcome.Status == "unknown") hold = time.GetUtcNow() + OutboxStore.UnknownHolds;
            await outcomes.WriteAsync(outcome);   // :: 5
            if (result.Failure is { StopsAccount: true, ProviderCode: not null } broken)
                await integrations.SetHealthAsync(key.TenantId, key.IntegrationId, "failing", FailureWords.Of(broken), CancellationToken.None);
        }
        catch (Exception failure)
        {
            // The outcome could not be written: the message stays "sending", and whoever takes the next lease marks it unknown.
            Log.AttemptLost(logger, message.Id, failure);
        }
        finally
        {
            attempt.Permit.Dispose();
            lock (_gate)
            {
                if (hold is { } until) _held[message.ConversationId] = until;
                _inFlight.Remove(message.ConversationId);   // :: 6
            }
            LookAgain();
        }
    }

    async Task<SendResult> CallAsync(Outgoing message, SendingRate rate, Attempt attempt, CancellationToken abandon)
    {
        ConnectedIntegration? integration;
        try { integration = await directory.FindByIdAsync(key.IntegrationId); }
        catch (Npgsql.NpgsqlException) { return SendResult.Failed(SendFailure.OurFault); }
        if (integration is { Account.Credentials.Count: 0 }) return SendResult.Failed(SendFailure.AccountInvalid.From(null, "Its credentials cannot be opened. Enter all of them anew."));
        if (integration is null || catalog.Find(integration.Provider) is not ISendMessages channel) return SendResult.Failed(SendFailure.Unsupported);
        // :: 3
        // An upload may take long, and is no message: others may leave meanwhile.
        var isUpload = message is { FileSha256: not null, FileAtProvider: null } && channel is IUploadMedia;
        if (isUpload) attempt.Permit.Dispose();
        var (handle, file, failure) = await files.EnsureAsync(message, integration, channel, abandon);
        if (failure is not null) return SendResult.Failed(failure);
        try
        {
            if (isUpload) attempt.Permit = await rate.TakeAsync(abandon);
            var outbound = new OutboundMessage(
                new Reference(message.Id, message.Attempt).ToString(), message.Handle, message.ContactKind == "group", message.Type, message.Content,
                message.ReplyTo, message.Metadata is { } json ? JsonNode.Parse(json) as JsonObject : null, handle, message.ThreadId, file)
            {
                ReportTo = $"{address.Url()}/webhooks/{message.Provider}/{key.IntegrationId}",
            };
            // :: 4
            attempt.HasLeft = true;
            var sending = channel.SendAsync(outbound, integration.Account, abandon);
            await Task.WhenAny(sending, Task.Delay(ArrivesWithin, time, CancellationToken.None));
            attempt.Permit.Arrived();
            var result = await sending;
            if (handle is not null && result.Failure is { Retry: Retry.Never }) await files.ForgetAsync(message);
            return result;
        }
        catch (OperationCanceledException)
        {
            return SendResult.Failed(SendFailure.OurFault);   // a channel throws this only for what has not left
        }
    }

    /// <summary>How far one message has got.</summary>
    sealed class Attempt(SendingRate.Permit permit)
    {
        public SendingRate.Permit Permit { get; set; } = permit;
        public bool HasLeft { get; set; }
    }

    Outcome Judge(Outgoing message, SendResult result)
    {
        var outcome = new Outcome(message.TenantId, message.Id, message.Attempt, "sent", result.ExternalId, Handle: result.Handle, ThreadId: result.ThreadId ?? message.ThreadId, IsOfChats: HasChats(result, message), IsLogged: catalog.Find(message.Provider) is IReadMessageLog);
        if (result.Failure is not { } failure) return outcome;
        switch (failure.Retry)
        {
            case Retry.OutcomeUnknown:
                return outcome with { Status = "unknown", Failure = failure };
            case Retry.Later when message.Tries < MostTries:
                var now = time.GetUtcNow();
                // Doubling, spread by up to a quarter, never sooner than the provider asked. 131056 is about one person, not the account.
                var pause = TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, message.Tries - 1))) * (1 + Random.Shared.NextDouble() / 4);
                if (failure.RetryAfter is { } asked && asked > pause) pause = asked;
                if (failure.Code == SendFailure.RateLimited.Code && failure.ProviderCode != "131056") _pausedUntil = now + Smaller(pause, TimeSpan.FromMinutes(5));
                // Nobody answers there: that is everybody's trouble on this account, not this message's.
                if (failure.Code == SendFailure.ConnectionFailed.Code) _pausedUntil = now + Smaller(pause, TimeSpan.FromSeconds(15));
                return outcome with { Status = "queued", Failure = failure, SendAfter = now + pause };
            case Retry.Later:
                return outcome with { Status = "failed", Failure = SendFailure.GaveUp.From(failure.ProviderCode, failure.ProviderText) };
            default:
                return outcome with { Status = "failed", Failure = failure };
        }
    }

    bool HasChats(SendResult result, Outgoing message) => (result.ThreadId ?? message.ThreadId) is not null || catalog.Find(message.Provider) is IReadHistory;

    async Task<double> RateAsync() =>
        await directory.FindByIdAsync(key.IntegrationId) is { } integration && catalog.Find(integration.Provider) is ILimitSending channel
            ? channel.PerSecond(integration.Account)
            : 10;

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The attempt at message {Id} broke off")]
        public static partial void AttemptBroke(ILogger logger, Guid id, Exception failure);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Another node took over sending for integration {Integration}")]
        public static partial void LeaseLost(ILogger logger, Guid integration);

        [LoggerMessage(Level = LogLevel.Error, Message = "The attempt at message {Id} was lost")]
        public static partial void AttemptLost(ILogger logger, Guid id, Exception failure);
    }
}
