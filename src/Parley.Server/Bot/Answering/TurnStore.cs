using System.Text.Json.Nodes;
using Parley.Server.Bot.Knowledge;
using Parley.Server.Bot.Model;
using Parley.Server.Feed;
using Parley.Server.Messages;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Bot.Answering;

/// <summary>Reads a turn, and writes what became of it.</summary>
internal sealed class TurnStore(TenantDatabase database, BotStore bots, TimeProvider time)
{
    const int MostMessages = 400;

    // The messages of a turn, told in the same words both times they are read.
    const string Newest = """
        where m.tenant_id = @tenant and m.conversation_id = @conversation and m.occurred_at >= @since and m.id >= @first
          and m.type <> 'event' and not m.is_hidden and m.deleted_at is null
        order by m.occurred_at desc, m.id desc
        limit @most
        """;

    /// <summary>Null when the conversation is not here, or its account has no bot that is on.</summary>
    public async Task<Turn?> FindAsync(Guid tenant, Guid conversation, CancellationToken cancellationToken)
    {
        var readAt = time.GetUtcNow();
        var row = await database.FindAsync<TurnRow>(tenant, """
            select c.id as conversation_id, c.contact_id, c.integration_id, c.channel, k.kind as contact_kind, i.provider, i.status as integration_status, t.status as tenant_status, c.bot_state, c.bot_changed_at,
                chat.began_at, chat.first_message_id, coalesce(chat.tokens, 0) as chat_tokens,
                exists (select 1 from contact_identities o where o.tenant_id = c.tenant_id and o.channel = c.channel and o.handle = c.handle and o.opted_out_at is not null) as is_opted_out
            from conversations c
            join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
            join integrations i on i.tenant_id = c.tenant_id and i.id = c.integration_id
            join tenants t on t.id = c.tenant_id
            left join bot_chats chat on chat.tenant_id = c.tenant_id and chat.conversation_id = c.id and chat.is_active
            where c.tenant_id = @tenant and c.id = @conversation
            """, new { conversation }, cancellationToken);
        if (row is null || await bots.FindAsync(tenant, row.IntegrationId, cancellationToken) is not { IsOn: true } bot) return null;
        var since = row.BeganAt ?? readAt - TimeSpan.FromDays(bot.SessionDays);
        var messages = await database.ListAsync<TurnMessage>(tenant, $"""
            select m.id, m.direction, m.type, m.content, m.author, m.status, m.occurred_at, m.created_at, coalesce(m.metadata ? 'opt_out', false) as is_opt_out_word,
                exists (select 1 from bot_answers a where a.tenant_id = m.tenant_id and a.message_id = m.id) as is_settled
            from messages m
            {Newest}
            """, new { conversation, since, first = row.FirstMessageId, most = MostMessages }, cancellationToken);
        // As they came to us: providers tell whole seconds, and an answer within the same second must not seem to come after the next question.
        return new(row, bot, [.. messages.OrderBy(message => message.Id)], readAt, since);
    }

    /// <summary>What there is now and the turn did not know: null when all is as it was.</summary>
    public static async Task<Objection?> LookAgainAsync(Change change, Turn turn, CancellationToken cancellationToken)
    {
        // Whoever writes a message of this conversation touches its row: from here to the commit nobody does.
        var now = await change.FindAsync<StateRow>("""
            select c.bot_state, b.is_on, i.status as integration_status
            from conversations c
            join integrations i on i.tenant_id = c.tenant_id and i.id = c.integration_id
            join bots b on b.tenant_id = c.tenant_id and b.integration_id = c.integration_id
            where c.tenant_id = @tenant and c.id = @ConversationId
            for no key update of c
            """, new { turn.Conversation.ConversationId }, cancellationToken);
        if (now is not { IsOn: true, BotState: null, IntegrationStatus: "active" }) return Objection.Stopped;
        var known = turn.Messages.Select(message => message.Id).ToHashSet();
        var news = (await change.ListAsync<TurnMessage>($"select m.id, m.direction, m.author, m.type from messages m {Newest}",
            new { conversation = turn.Conversation.ConversationId, since = turn.Since, first = turn.Conversation.FirstMessageId, most = MostMessages }, cancellationToken)).Where(message => !known.Contains(message.Id)).ToList();
        return news.Any(message => message.IsByPerson) ? Objection.Person : news.Any(message => message.IsInbound) ? Objection.Newer : null;
    }

    /// <summary>Takes the newest message that is answered, for ever: false when somebody was faster.</summary>
    public static async Task<bool> SettleAsync(Change change, Turn turn, string outcome, ModelAnswer? answer, CancellationToken cancellationToken) =>
        await change.ExecuteAsync("""
            insert into bot_answers (tenant_id, id, conversation_id, message_id, outcome, model, prompt_tokens, completion_tokens, is_estimate, created_at)
            values (@tenant, @id, @ConversationId, @message, @outcome, @model, @prompt, @completion, @isEstimate, @now)
            on conflict (tenant_id, message_id) do nothing
            """, new
        {
            id = Ids.New(change.Now), turn.Conversation.ConversationId, message = turn.Last.Id, outcome, model = answer?.Model, prompt = answer?.PromptTokens ?? 0, completion = answer?.CompletionTokens ?? 0,
            isEstimate = answer?.IsEstimate ?? false, now = change.Now,
        }, cancellationToken) > 0;

    /// <summary>Puts what the bot says into the queue, part after part.</summary>
    public static async Task SayAsync(Change change, Guid tenant, Turn turn, IReadOnlyList<string> parts, IReadOnlyList<Excerpt> sources, CancellationToken cancellationToken)
    {
        for (var n = 0; n < parts.Count; n++)
        {
            // The sources stand with the last part, below the whole answer.
            JsonObject? metadata = n < parts.Count - 1 || sources.Count == 0 ? null : new() { ["sources"] = SourcesOf(sources) };
            await MessageStore.QueueAsync(change, tenant, turn.Conversation.ConversationId, "bot", new MessageDraft("text", parts[n], metadata), null, cancellationToken);
        }
    }

    public static JsonArray SourcesOf(IReadOnlyList<Excerpt> sources) =>
        [.. sources.Select(source => new JsonObject { ["document_id"] = source.DocumentId, ["title"] = source.Title, ["heading"] = source.Heading })];

    /// <summary>What asking cost, whether it was sent or not.</summary>
    public static async Task CountAsync(Change change, Turn turn, ModelAnswer? answer, int answers, CancellationToken cancellationToken)
    {
        if (answer is null) return;
        await change.ExecuteAsync("""
            update bot_chats set tokens = tokens + @tokens
            where tenant_id = @tenant and conversation_id = @ConversationId and is_active
            """, new { tokens = answer.PromptTokens + answer.CompletionTokens, turn.Conversation.ConversationId }, cancellationToken);
        await BotStore.CountAsync(change, turn.Conversation.IntegrationId, turn.Bot.Today(change.Now), answer.PromptTokens, answer.CompletionTokens, 1, answers, cancellationToken);
    }

    /// <summary>Where the bot stands in a conversation, from now on. False when it stands there already, or there is no such conversation.</summary>
    /// <param name="state">paused or handed_over; null lets it answer.</param>
    public static async Task<bool> SetStateAsync(Change change, Guid tenant, Guid conversation, string? state, string? cause, string? reason, CancellationToken cancellationToken)
    {
        var row = await change.FindAsync<ChangedRow>("""
            update conversations set bot_state = @state, bot_cause = @cause, bot_reason = @reason, bot_changed_at = @now, updated_at = @now
            where tenant_id = @tenant and id = @conversation and bot_state is distinct from @state
            returning contact_id, integration_id
            """, new { conversation, state, cause, reason, now = change.Now }, cancellationToken);
        if (row is null) return false;
        change.Publish(new FeedEvent(tenant, "conversation.updated", conversation, ContactId: row.ContactId, IntegrationId: row.IntegrationId));
        return true;
    }

    sealed class StateRow
    {
        public string? BotState { get; init; }
        public bool IsOn { get; init; }
        public string IntegrationStatus { get; init; } = "";
    }

    sealed class ChangedRow
    {
        public Guid ContactId { get; init; }
        public Guid IntegrationId { get; init; }
    }
}

/// <summary>Why an answer is not sent although it is there.</summary>
internal enum Objection
{
    /// <summary>The bot was stopped here, or switched off.</summary>
    Stopped,

    /// <summary>A person answered.</summary>
    Person,

    /// <summary>The customer wrote on.</summary>
    Newer,
}
