namespace Parley.Server.Bot.Answering;

/// <summary>A conversation as the bot finds it, when it is its turn.</summary>
internal sealed class TurnRow
{
    public Guid ConversationId { get; init; }
    public Guid ContactId { get; init; }
    public Guid IntegrationId { get; init; }
    public string Channel { get; init; } = "";
    public string ContactKind { get; init; } = "";
    public string Provider { get; init; } = "";
    public string IntegrationStatus { get; init; } = "";
    public string TenantStatus { get; init; } = "";
    public string? BotState { get; init; }

    /// <summary>The customer asked not to be written to: there is nobody to answer.</summary>
    public bool IsOptedOut { get; init; }

    /// <summary>When somebody last stopped the bot here, or let it go on.</summary>
    public DateTimeOffset? BotChangedAt { get; init; }
    public DateTimeOffset? BeganAt { get; init; }
    public Guid FirstMessageId { get; init; }
    public long ChatTokens { get; init; }
}

/// <summary>A message as the bot reads it.</summary>
internal sealed class TurnMessage
{
    public Guid Id { get; init; }
    public string Direction { get; init; } = "";
    public string Type { get; init; } = "";
    public string? Content { get; init; }
    public string Author { get; init; } = "";
    public string Status { get; init; } = "";
    public DateTimeOffset OccurredAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Answered, or handed over, with this as its newest message.</summary>
    public bool IsSettled { get; init; }

    /// <summary>STOP, START or HELP, said to the provider: no question to the bot.</summary>
    public bool IsOptOutWord { get; init; }

    public bool IsInbound => Direction == "inbound";
    public bool IsByPerson => !IsInbound && People.IsOne(Author, Type);
    public string Text => Content is { Length: > 0 } text ? (Type == "text" ? text : $"[{Type}] {text}") : $"[{Type}]";
}

/// <summary>Who of those that write to customers is a person: a member of the team, a program that answers in its name, or somebody with the provider's own app. A template
/// that a program sends begins a conversation and answers none; campaigns and the bot itself are nobody.</summary>
internal static class People
{
    public const string Sql = "(m.author like 'user:%' or m.author = 'provider' or m.author like 'api:%' and m.type <> 'template')";

    public static bool IsOne(string author, string type) =>
        author.StartsWith("user:", StringComparison.Ordinal) || author == "provider" || author.StartsWith("api:", StringComparison.Ordinal) && type != "template";
}

/// <summary>What is to be answered, and all that was said before.</summary>
/// <param name="Messages">The newest of the chat, in the order in which they came to us.</param>
/// <param name="Since">Where the chat begins.</param>
internal sealed record Turn(TurnRow Conversation, BotRow Bot, IReadOnlyList<TurnMessage> Messages, DateTimeOffset ReadAt, DateTimeOffset Since)
{
    /// <summary>Older questions are not answered by a machine: after a long time away that is for a person. (WhatsApp would not take the answer either.)</summary>
    static readonly TimeSpan TooOld = TimeSpan.FromHours(24);

    /// <summary>What nobody has answered yet, the oldest first.</summary>
    public IReadOnlyList<TurnMessage> Unanswered { get; } = Find(Bot, Messages, ReadAt);

    public TurnMessage Last => Unanswered[^1];

    /// <summary>Until when more is waited for; never longer than the customer can be kept waiting.</summary>
    public DateTimeOffset DueAt => Earlier(Last.CreatedAt + Bot.Wait, PatienceEndsAt);

    /// <summary>From then on an answer goes out even though the customer goes on writing.</summary>
    public DateTimeOffset PatienceEndsAt => BurstBegan + Bot.LongestWait;

    /// <summary>A person wrote since the bot was last let loose here: it must not talk over them.</summary>
    public bool PersonIsThere => Messages.Any(message => message.IsByPerson && message.CreatedAt > Later(Conversation.BotChangedAt, Bot.OnSince));

    // What was asked last night and is still open does not belong to the burst of this morning.
    DateTimeOffset BurstBegan
    {
        get
        {
            var first = Unanswered.Count - 1;
            while (first > 0 && Unanswered[first].CreatedAt - Unanswered[first - 1].CreatedAt < Bot.LongestWait) first--;
            return Unanswered[first].CreatedAt;
        }
    }

    // Back to what was settled, or a person wrote. The bot's own words end nothing: what came while it was about to speak stands before them.
    static List<TurnMessage> Find(BotRow bot, IReadOnlyList<TurnMessage> messages, DateTimeOffset now)
    {
        var from = messages.Count;
        while (from > 0 && messages[from - 1] is var message && !message.IsSettled && !message.IsByPerson) from--;
        return [.. messages.Skip(from).Where(message => message is { IsInbound: true, IsOptOutWord: false } && message.CreatedAt >= bot.OnSince && message.OccurredAt > now - TooOld)];
    }

    static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    static DateTimeOffset Later(DateTimeOffset? a, DateTimeOffset? b) => a > b || b is null ? a ?? DateTimeOffset.MinValue : b.Value;
}
