using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Phone;

/// <summary>One line of a chat as the customer's phone shows it.</summary>
/// <param name="mine">True when the customer wrote it.</param>
/// <param name="body">As the provider carries it.</param>
internal sealed class PhoneMessage(string id, bool mine, DateTimeOffset at, JsonObject body)
{
    public string Id => id;
    public bool Mine => mine;
    public DateTimeOffset At => at;
    public JsonObject Body => body;

    /// <summary>The customer's: sending, accepted or refused. The business's: delivered or read.</summary>
    public string State { get; set; } = mine ? "sending" : "delivered";
    public string? Reaction { get; set; }
}

/// <summary>What customers' phones remember: the newest 500 messages of each chat.</summary>
internal sealed class Phones
{
    const int Most = 500;
    readonly ConcurrentDictionary<(string Number, string Person), List<PhoneMessage>> _chats = new();
    readonly ConcurrentDictionary<(string Number, string Person), byte> _open = new();

    public PhoneMessage Add(string number, string person, PhoneMessage message)
    {
        var chat = _chats.GetOrAdd((number, person), _ => []);
        lock (chat)
        {
            chat.Add(message);
            if (chat.Count > Most) chat.RemoveAt(0);
        }
        return message;
    }

    public IReadOnlyList<PhoneMessage> Chat(string number, string person)
    {
        if (!_chats.TryGetValue((number, person), out var chat)) return [];
        lock (chat) return [.. chat];
    }

    public PhoneMessage? Find(string number, string person, string id) => Chat(number, person).FirstOrDefault(message => message.Id == id);

    /// <summary>Somebody holds this person's phone: from now on messages are read when they look, not by themselves.</summary>
    public void Open(string number, string person) => _open[(number, person)] = 0;

    public bool IsOpen(string number, string person) => _open.ContainsKey((number, person));

    /// <summary>Marks what the business wrote as read; what was not so before.</summary>
    public IReadOnlyList<PhoneMessage> Read(string number, string person)
    {
        var unread = Chat(number, person).Where(message => !message.Mine && message.State == "delivered").ToList();
        foreach (var message in unread) message.State = "read";
        return unread;
    }
}
