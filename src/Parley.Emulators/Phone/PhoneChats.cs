using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Parley.Emulators.Meta;

namespace Parley.Emulators.Phone;

/// <summary>The phones of all people: what each has written and been sent.</summary>
internal sealed class PhoneChats(TimeProvider time)
{
    // A burst of a million strangers must not fill the memory; whose phone is open stays.
    const int Kept = 2_000;
    readonly ConcurrentDictionary<(string Number, string Person), PhoneChat> _chats = new();
    int _opened;

    public PhoneChat Of(string number, string person)
    {
        var key = (number, person.TrimStart('+'));
        if (_chats.TryGetValue(key, out var known)) return known;
        var chat = _chats.GetOrAdd(key, _ => new(time));
        if (Interlocked.Increment(ref _opened) % Kept == 0)
            foreach (var old in _chats.Where(pair => !pair.Value.IsPlayed).OrderByDescending(pair => pair.Value.Touched).Skip(Kept).ToList()) _chats.TryRemove(old);
        return chat;
    }

    public bool IsPlayed(string number, string person) => _chats.TryGetValue((number, person.TrimStart('+')), out var chat) && chat.IsPlayed;

    public void CustomerWrote(string number, string person, JsonNode message)
    {
        var type = message.Text("type") ?? "text";
        var chat = Of(number, person);
        if (type == "reaction")
        {
            chat.Change(target => target.Id == message["reaction"].Text("message_id"), target => target with { MyReaction = message["reaction"].Text("emoji") });
            return;
        }
        var at = long.TryParse(message.Text("timestamp"), out var seconds) && seconds < 100_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : time.GetUtcNow();
        // Within this minute the clock is finer than Meta's seconds.
        if ((time.GetUtcNow() - at).Duration() < TimeSpan.FromMinutes(1)) at = time.GetUtcNow();
        chat.Add(new(0, message.Text("id")!, true, type, message.Member(type), at, message.Member("context").Text("id"), "sending"));
    }

    /// <summary>How the webhook of a customer's message was answered; null when nothing answered.</summary>
    public void Answered(string number, string person, string id, int? status) =>
        Of(number, person).Change(message => message.Id == id && message.State != "read",
            message => message with { State = status is >= 200 and <= 299 ? "accepted" : "refused", Status = status });

    public void BusinessWrote(LedgerEntry entry, MetaTemplate? template)
    {
        var chat = Of(entry.From, entry.To);
        if (entry.Type == "reaction")
        {
            chat.Change(target => target.Id == entry.Body["reaction"].Text("message_id"), target => target with { TheirReaction = entry.Body["reaction"].Text("emoji") });
            return;
        }
        var content = template is null ? entry.Body.Member(entry.Type) : MetaTemplateText.Render(template, entry.Body["template"]!);
        chat.Add(new(0, entry.Id, false, entry.Type, content, entry.At, entry.Body.Member("context").Text("message_id"), "delivered") { Reference = entry.Reference });
    }

    /// <summary>Which phone has the message is not said, so all that are open are asked.</summary>
    public void ReadByBusiness(string number, string messageId, bool typing)
    {
        foreach (var (key, chat) in _chats)
            if (key.Number == number && chat.IsPlayed) chat.ReadByBusiness(messageId, typing);
    }
}
