namespace Parley.Server.Bot.Model;

/// <param name="Role">system, user or assistant.</param>
internal sealed record ModelMessage(string Role, string Content);

/// <param name="BaseUrl">Up to and without /chat/completions.</param>
/// <param name="Key">Null for servers of one's own that ask for none.</param>
/// <param name="Timeout">Of one try.</param>
internal sealed record ModelRequest(
    string BaseUrl, string? Key, string Model, IReadOnlyList<ModelMessage> Messages, decimal? Temperature, string TokenField, int AnswerTokens, TimeSpan Timeout);

/// <summary>What came of asking.</summary>
/// <param name="Text">Null when there is no answer; then <paramref name="Failure"/> says why.</param>
/// <param name="IsEstimate">The server did not say how many tokens it took.</param>
internal sealed record ModelAnswer(string? Text, ModelFailure? Failure, string? Model, int PromptTokens, int CompletionTokens, bool IsEstimate)
{
    public static ModelAnswer Failed(ModelFailure failure) => new(null, failure, null, 0, 0, false);
}

/// <summary>Why there is no answer.</summary>
/// <param name="Words">For the people who run the bot: never the server's own text, which may hold anything.</param>
/// <param name="MayPass">Worth another try.</param>
/// <param name="IsSetup">A person must put something right: key, address, model, credit.</param>
internal sealed record ModelFailure(string Code, string Words, bool MayPass = false, bool IsSetup = false, TimeSpan? RetryAfter = null);

/// <summary>How patient the bot is with a model that does not answer.</summary>
/// <param name="LongestPause">Who asks for a longer pause is not waited for: the customer waits, too.</param>
internal sealed record ModelPatience(int Tries, TimeSpan FirstPause, TimeSpan LongestPause)
{
    public static ModelPatience Default { get; } = new(4, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
}
