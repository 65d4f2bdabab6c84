using Parley.Channels.Contract;

namespace Parley.Server.Sync;

/// <summary>Asks the provider, in turn, and again where that may help: at most six times, with pauses for the whole account when the
/// provider pushes back, and for this call alone when its answer makes no sense. What ends all reading of the account is kept and stops
/// the others.</summary>
internal sealed class HistoryReader(IReadHistory channel, ChannelAccount account, ProviderPaces paces, Guid integration, TimeProvider time) : IDisposable
{
    const int TriesOfNonsense = 3;
    readonly ProviderPace _pace = paces.Of(integration);
    readonly CancellationTokenSource _stopped = new();

    /// <summary>Why nothing more can be read of the account, or null.</summary>
    public ReadFailure? Stop { get; private set; }

    /// <summary>Fires when <see cref="Stop"/> is set.</summary>
    public CancellationToken Stopped => _stopped.Token;

    public Task<HistoryPage<ConnectedAccount>> ListAccountsAsync(string? cursor, CancellationToken cancellationToken) =>
        AskAsync(token => channel.ListAccountsAsync(account, cursor, token), page => page.Failure, HistoryPage<ConnectedAccount>.Failed, cancellationToken);

    public Task<Found<ConnectedAccount>> FindAccountAsync(CancellationToken cancellationToken) =>
        AskAsync(token => channel.FindAccountAsync(account, token), found => found.Failure, failure => new(null, failure), cancellationToken);

    public Task<HistoryPage<ProviderChat>> ListChatsAsync(string? cursor, CancellationToken cancellationToken) =>
        AskAsync(token => channel.ListChatsAsync(account, cursor, 250, token), page => page.Failure, HistoryPage<ProviderChat>.Failed, cancellationToken);

    public Task<Found<ProviderChat>> FindChatAsync(string threadId, CancellationToken cancellationToken) =>
        AskAsync(token => channel.FindChatAsync(account, threadId, token), found => found.Failure, failure => new(null, failure), cancellationToken);

    public Task<HistoryPage<MessageReceived>> ListMessagesAsync(MessageQuery query, CancellationToken cancellationToken) =>
        AskAsync(token => channel.ListMessagesAsync(account, query, token), page => page.Failure, HistoryPage<MessageReceived>.Failed, cancellationToken);

    public Task<Found<MessageReceived>> FindMessageAsync(string externalId, Correspondent with, CancellationToken cancellationToken) =>
        AskAsync(token => channel.FindMessageAsync(account, externalId, with, token), found => found.Failure, failure => new(null, failure), cancellationToken);

    /// <summary>Everybody in a chat, or with null in any; null when they cannot be read: then nobody has a name.</summary>
    public async Task<IReadOnlyList<ChatMember>?> ListPeopleAsync(string? threadId, CancellationToken cancellationToken)
    {
        var people = new List<ChatMember>();
        var seen = new HashSet<string>();
        string? cursor = null;
        do
        {
            var at = cursor;
            var page = await AskAsync(
                token => threadId is null ? channel.ListPeopleAsync(account, at, token) : channel.ListMembersAsync(account, threadId, at, token),
                answer => answer.Failure, HistoryPage<ChatMember>.Failed, cancellationToken);
            if (page.Failure is not null) return people.Count > 0 ? people : null;
            people.AddRange(page.Items);
            cursor = page.Cursor;
        }
        while (cursor is not null && seen.Add(cursor));
        return people;
    }

    async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> call, Func<T, ReadFailure?> failureOf, Func<ReadFailure, T> failed, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (Stop is { } stop) return failed(stop);
            var began = await _pace.EnterAsync(cancellationToken);
            ReadFailure? failure = ReadFailure.ConnectionFailed;
            T answer;
            try
            {
                answer = await call(cancellationToken);
                failure = failureOf(answer);
            }
            finally
            {
                _pace.Leave(began, failure?.Code is "rate_limited" or "provider_unavailable" or "connection_failed" && !cancellationToken.IsCancellationRequested ? failure : null);
            }
            if (failure is null) return answer;
            if (failure.Code is "account_invalid" or "account_disconnected")
            {
                Stop ??= failure;
                await _stopped.CancelAsync();
                return answer;
            }
            var tries = failure.Code == "unreadable" ? Math.Min(TriesOfNonsense, paces.Pacing.Tries) : paces.Pacing.Tries;
            if (failure.Retry != Retry.Later || attempt >= tries) return answer;
            if (failure.Code == "unreadable") await Task.Delay(_pace.Backoff(attempt), time, cancellationToken);
        }
    }

    public void Dispose() => _stopped.Dispose();
}
