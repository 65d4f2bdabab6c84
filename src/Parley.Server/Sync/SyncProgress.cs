using System.Text.Json.Nodes;

namespace Parley.Server.Sync;

/// <summary>How far a run is; many chats count at once.</summary>
internal sealed class SyncProgress
{
    /// <summary>Errors that are kept with their reasons; beyond that they are counted.</summary>
    public const int MostErrors = 100;

    readonly Lock _gate = new();
    readonly List<SyncError> _errors = [];
    long _fetched, _created, _unread;
    int _listed, _toSync, _done, _failed;

    public int ChatsListed => Volatile.Read(ref _listed);
    public int ChatsToSync => Volatile.Read(ref _toSync);
    public int ChatsDone => Volatile.Read(ref _done);
    public int ChatsWithErrors => Volatile.Read(ref _failed);
    public long MessagesFetched => Volatile.Read(ref _fetched);
    public long MessagesCreated => Volatile.Read(ref _created);
    public long MessagesUnread => Volatile.Read(ref _unread);

    public void Listed(int chats) => Interlocked.Add(ref _listed, chats);
    public void ToSync(int chats) => Interlocked.Add(ref _toSync, chats);
    public void Done() => Interlocked.Increment(ref _done);
    public void Fetched(int messages) => Interlocked.Add(ref _fetched, messages);

    public void Wrote(int created, int unread)
    {
        Interlocked.Add(ref _created, created);
        Interlocked.Add(ref _unread, unread);
    }

    public void Failed(string? chat, string code, string words)
    {
        Interlocked.Increment(ref _failed);
        lock (_gate)
            if (_errors.Count < MostErrors) _errors.Add(new(chat, code, words));
    }

    public IReadOnlyList<SyncError> Errors
    {
        get { lock (_gate) return [.. _errors]; }
    }

    public string ErrorsAsJson() => new JsonArray([.. Errors.Select(error => (JsonNode)new JsonObject { ["chat_id"] = error.ChatId, ["code"] = error.Code, ["words"] = error.Words })]).ToJsonString();
}

/// <summary>Why a chat could not be read.</summary>
/// <param name="ChatId">The provider's; null when it was the list of chats.</param>
/// <param name="Code">Ours, one of a closed set.</param>
public sealed record SyncError(string? ChatId, string Code, string Words);
