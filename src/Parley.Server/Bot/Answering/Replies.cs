using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Bot.Knowledge;
using Parley.Server.Bot.Model;
using Parley.Server.Platform.Configuration;

namespace Parley.Server.Bot.Answering;

/// <summary>An answer that may be sent, or why there is none.</summary>
/// <param name="Cause">model_failed, instructions_repeated; null beside an answer.</param>
internal sealed record Reply(IReadOnlyList<string> Parts, IReadOnlyList<Excerpt> Sources, ModelAnswer Asked, string? Cause = null, string? Reason = null);

/// <summary>What the model is about to be asked.</summary>
internal sealed record Question(BotRow Bot, ModelRequest Request, IReadOnlyList<Excerpt> Sources, IReadOnlyList<ChatLine> History, int Always)
{
    /// <summary>About what the answer may cost at most.</summary>
    public long Tokens => Request.Messages.Sum(message => (long)ModelReading.Tokens(message.Content)) + Request.AnswerTokens;
}

/// <summary>From a question to an answer: what the documents say, what the model makes of it, and in which parts the channel takes it. The same for customers and for the "try it" box.
/// :: 1 the documents · 2 the prompt · 3 the model · 4 what may leave.</summary>
internal sealed class Replies(KnowledgeSearch knowledge, ModelClient model, ChannelCatalog catalog, ParleySettings settings)
{
    /// <summary>Where a bot asks, and as whom. The installation's key goes to the installation's server only: a bot that is set to another address brings its own.</summary>
    public (string Url, string? Key, string Model) Target(BotRow bot, string? ownKey) =>
        (bot.BaseUrl ?? settings.OpenAiUrl, ownKey ?? (bot.BaseUrl is null ? settings.OpenAiKey : null), bot.Model ?? settings.OpenAiModel);

    /// <param name="always">So many of the last lines are what is to be answered.</param>
    public async Task<Question> WriteAsync(Guid tenant, BotRow bot, string? ownKey, IReadOnlyList<ChatLine> lines, int always, CancellationToken cancellationToken)
    {
        // :: 1
        var question = string.Join('\n', lines.TakeLast(always).Select(line => line.Text));
        var sources = await knowledge.FindAsync(tenant, question, cancellationToken);
        if (sources.Count == 0 && lines.SkipLast(always).LastOrDefault(line => line.IsInbound) is { } before)
            sources = await knowledge.FindAsync(tenant, before.Text, cancellationToken);   // "And on Sundays?"

        // :: 2
        var history = Prompt.Window(lines, always, bot.HistoryMessages, bot.HistoryTokens);
        var (url, key, name) = Target(bot, ownKey);
        return new(bot, new(url, key, name, Prompt.Write(bot, sources, history), bot.Temperature, bot.TokenField, bot.AnswerTokens, TimeSpan.FromSeconds(bot.TimeoutSeconds)), sources, history, always);
    }

    public async Task<Reply> AskAsync(Question question, string provider, string channel, CancellationToken cancellationToken)
    {
        // :: 3
        var (bot, request, sources, history, always) = question;
        var answer = await model.AskAsync(request, cancellationToken);
        if (answer.Failure is { Code: "too_long" } && history.Count > always)
            answer = await model.AskAsync(request with { Messages = Prompt.Write(bot, sources, [.. history.TakeLast(always)]) }, cancellationToken);

        // :: 4
        if (answer.Failure is { } failure) return new([], [], answer, "model_failed", failure.Words);
        if (AnswerText.Repeats(answer.Text!, Prompt.Instructions(bot))) return new([], [], answer, "instructions_repeated", "The bot’s answer repeated its instructions and was not sent.");
        var parts = AnswerText.Split(AnswerText.Plain(answer.Text!), Longest(provider, channel));
        return parts.Count == 0 ? new([], [], answer, "model_failed", "The model gave an empty answer.") : new(parts, sources, answer);
    }

    public IReadOnlyList<string> Split(string text, string provider, string channel) => AnswerText.Split(text, Longest(provider, channel));

    // The channel itself says what it takes.
    int Longest(string provider, string channel)
    {
        int[] lengths = channel == "sms" ? [1600, 1000] : [4096, 1600, 1000];
        return catalog.Find(provider) is not ISendMessages sender ? lengths[0]
            : lengths.FirstOrDefault(length => sender.Check(new OutboundMessage("", "+10000000000", ToIsGroup: false, "text", new string('a', length), null)) is null, lengths[^1]);
    }
}
