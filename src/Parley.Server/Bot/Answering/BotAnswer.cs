using Parley.Server.Bot.Model;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;

namespace Parley.Server.Bot.Answering;

/// <summary>The bot's turn in one conversation. The job is there once for each conversation, however many messages came; what it says, it says in the transaction
/// that ends the job, so that no crash repeats an answer and none loses it.
/// :: 1 what is to be answered · 2 has the customer finished · 3 may the bot, and what it may cost is kept aside · 4 the model, outside any transaction · 5 is all as it was · 6 say it.</summary>
internal sealed class BotAnswer(TurnStore turns, BotStore bots, Replies replies, JobNews jobs, TimeProvider time) : IJobHandler
{
    public const string JobType = "bot.answer";

    static readonly TimeSpan OthersTake = TimeSpan.FromSeconds(2);

    public string Type => JobType;

    // They wait for models, not for us.
    public int AtOnce => 64;

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        // :: 1
        var turn = await turns.FindAsync(job.TenantId, Guid.Parse(job.Key), stopping);
        if (turn is not { Conversation: { BotState: null, ContactKind: "person", IntegrationStatus: "active", TenantStatus: "active", IsOptedOut: false } } || turn.Unanswered.Count == 0) return new JobOutcome.Done();
        if (turn.PersonIsThere) return new JobOutcome.Done(change => TurnStore.SetStateAsync(change, job.TenantId, turn.Conversation.ConversationId, "paused", Causes.Answered, Causes.AnsweredWords, CancellationToken.None));

        // :: 2
        if (turn.DueAt > time.GetUtcNow()) return new JobOutcome.Again(turn.DueAt);

        // :: 3
        if (!turn.Bot.IsWithinHours(time.GetUtcNow())) return new JobOutcome.Done();
        if (turn.Unanswered.Select(message => AnswerText.FindWord(message.Content ?? "", turn.Bot.HandOverWords)).FirstOrDefault(word => word is not null) is { } asked)
            return HandOver(job, turn, null, "word", $"The customer wrote “{asked}”.", speaks: false);
        // What is to be answered comes last, also where the bot spoke after it: it had not read that yet.
        var lines = turn.Messages.Where(message => message.Status != "failed").Except(turn.Unanswered).Concat(turn.Unanswered).Select(message => new ChatLine(message.IsInbound, message.Text)).ToList();
        var question = await replies.WriteAsync(job.TenantId, turn.Bot, bots.ReadKey(job.TenantId, turn.Bot), lines, turn.Unanswered.Count, stopping);
        if (turn.Conversation.ChatTokens + question.Tokens > turn.Bot.ConversationTokenLimit)
            return HandOver(job, turn, null, "conversation_limit", $"Of its {turn.Bot.ConversationTokenLimit:N0} tokens for this conversation, the bot has too few left for another answer.");
        switch (await bots.ReserveAsync(job.TenantId, turn, question.Tokens, stopping))
        {
            // What others are about to use may turn out to be less.
            case Room.Later: return new JobOutcome.Again(time.GetUtcNow() + OthersTake);
            case Room.None: return HandOver(job, turn, null, "daily_limit", $"Of its {turn.Bot.DailyTokenLimit:N0} tokens for today, the bot has too few left for another answer.");
        }

        // :: 4
        var reply = await replies.AskAsync(question, turn.Conversation.Provider, turn.Conversation.Channel, stopping);
        if (reply.Cause is { } cause) return HandOver(job, turn, reply.Asked, cause, reply.Reason!);

        return new JobOutcome.Done(async change =>
        {
            // :: 5
            if (await ObjectsAsync(change, job, turn, reply.Asked)) return;
            // :: 6
            if (!await TurnStore.SettleAsync(change, turn, "answered", reply.Asked, CancellationToken.None)) return;
            await TurnStore.CountAsync(change, turn, reply.Asked, 1, CancellationToken.None);
            await TurnStore.SayAsync(change, job.TenantId, turn, reply.Parts, reply.Sources, CancellationToken.None);
            if (turn.Bot.LastError is not null) await BotStore.SetErrorAsync(change, job.TenantId, turn.Conversation.IntegrationId, null, CancellationToken.None);
        });
    }

    /// <summary>The bot gives up here, and somebody must go on.</summary>
    /// <param name="speaks">It says its last sentence.</param>
    JobOutcome.Done HandOver(Job job, Turn turn, ModelAnswer? asked, string cause, string reason, bool speaks = true) => new(async change =>
    {
        if (await ObjectsAsync(change, job, turn, asked)) return;
        if (!await TurnStore.SettleAsync(change, turn, "handed_over", asked, CancellationToken.None)) return;
        await TurnStore.CountAsync(change, turn, asked, 0, CancellationToken.None);
        if (speaks && turn.Bot.Fallback.Length > 0)
            await TurnStore.SayAsync(change, job.TenantId, turn, replies.Split(turn.Bot.Fallback, turn.Conversation.Provider, turn.Conversation.Channel), [], CancellationToken.None);
        await TurnStore.SetStateAsync(change, job.TenantId, turn.Conversation.ConversationId, "handed_over", cause, reason, CancellationToken.None);
        if (asked?.Failure is { IsSetup: true } failure) await BotStore.SetErrorAsync(change, job.TenantId, turn.Conversation.IntegrationId, failure.Words, CancellationToken.None);
    });

    // True when what is there must not be said any more; then all that follows from that is written.
    async Task<bool> ObjectsAsync(Change change, Job job, Turn turn, ModelAnswer? asked)
    {
        await BotStore.ReleaseAsync(change, turn.Conversation.ConversationId, CancellationToken.None);
        var objection = await TurnStore.LookAgainAsync(change, turn, CancellationToken.None);
        // Who never stops writing is answered all the same, once the longest wait is over.
        if (objection is null || objection == Objection.Newer && change.Now >= turn.PatienceEndsAt) return await AskedMeanwhileAsync(change, job, turn, objection);
        await TurnStore.CountAsync(change, turn, asked, 0, CancellationToken.None);
        if (objection == Objection.Person) await TurnStore.SetStateAsync(change, job.TenantId, turn.Conversation.ConversationId, "paused", Causes.Answered, Causes.AnsweredWords, CancellationToken.None);
        if (objection == Objection.Newer) await ComeBackAsync(change, job, turn);
        return true;
    }

    // What came too late for this answer is the next turn's.
    async Task<bool> AskedMeanwhileAsync(Change change, Job job, Turn turn, Objection? objection)
    {
        if (objection == Objection.Newer) await ComeBackAsync(change, job, turn);
        return false;
    }

    async Task ComeBackAsync(Change change, Job job, Turn turn)
    {
        var at = change.Now + turn.Bot.Wait;
        await JobStore.AddAsync(change, job.TenantId, JobType, job.Key, at, CancellationToken.None);
        jobs.PublishAt(at);
    }
}

/// <summary>Why the bot does not answer, for programs and for people.</summary>
internal static class Causes
{
    public const string Answered = "person_answered";
    public const string AnsweredWords = "A person answered.";
    public const string Team = "team";
}
