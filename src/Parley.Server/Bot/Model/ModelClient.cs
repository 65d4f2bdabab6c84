using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using Parley.Channels.Egress;
using Polly;
using Polly.Retry;

namespace Parley.Server.Bot.Model;

/// <summary>Asks a model, at OpenAI or at any server that speaks its chat completions. The SDK carries the request; what is said and what is read is
/// written here, because servers differ in what they leave out, and the SDK's own types insist.</summary>
internal sealed partial class ModelClient(ModelPatience patience, TimeProvider time, EgressDialler dialler, ILogger<ModelClient> logger) : IDisposable
{
    readonly HttpClient _http = new(new SocketsHttpHandler { ConnectCallback = dialler.DialAsync, AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5), MaxConnectionsPerServer = 256 }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Tries until there is an answer, a failure that will not pass, or the patience ends.</summary>
    public async Task<ModelAnswer> AskAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        var retries = new ResiliencePipelineBuilder<ModelAnswer> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<ModelAnswer>
            {
                MaxRetryAttempts = patience.Tries - 1,
                ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Result?.Failure is { MayPass: true } failure && !(failure.RetryAfter > patience.LongestPause)),
                Delay = patience.FirstPause, MaxDelay = patience.LongestPause, BackoffType = DelayBackoffType.Exponential, UseJitter = true,
                DelayGenerator = outcome => ValueTask.FromResult(outcome.Outcome.Result?.Failure?.RetryAfter),
            })
            .Build();
        return await retries.ExecuteAsync(async token => await AskOnceAsync(request, token), cancellationToken);
    }

    async Task<ModelAnswer> AskOnceAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(request.Timeout);
        try
        {
            var options = new OpenAIClientOptions
            {
                Endpoint = new Uri(request.BaseUrl), NetworkTimeout = request.Timeout, RetryPolicy = new ClientRetryPolicy(0), Transport = new HttpClientPipelineTransport(_http),
            };
            // A server of one's own may ask for no key; the SDK insists on one.
            if (request.Key is null) options.AddPolicy(NoKey.Policy, PipelinePosition.BeforeTransport);
            var client = new ChatClient(request.Model, new ApiKeyCredential(request.Key ?? "none"), options);
            using var content = BinaryContent.Create(BinaryData.FromString(Body(request).ToJsonString()));
            var result = await client.CompleteChatAsync(content, new RequestOptions { CancellationToken = bound.Token, ErrorOptions = ClientErrorBehaviors.NoThrow });
            var response = result.GetRawResponse();
            var answer = ModelReading.Read(request, response.Status, response.Content.ToMemory(), name => response.Headers.TryGetValue(name, out var value) ? value : null, time.GetUtcNow());
            if (answer.Failure is { } failure) Log.NoAnswer(logger, response.Status, failure.Code);
            return answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NoAnswer(logger, 0, "timeout");
            return ModelAnswer.Failed(new("timeout", string.Create(CultureInfo.InvariantCulture, $"The model did not answer within {request.Timeout.TotalSeconds:0.#} seconds."), MayPass: true));
        }
        catch (Exception broken) when (broken is ClientResultException or HttpRequestException or IOException or SocketException or AggregateException)
        {
            Log.NoAnswer(logger, 0, broken.GetType().Name);
            if (broken.GetBaseException() is EgressRefusedException refused) return ModelAnswer.Failed(new("refused", refused.Message, MayPass: false));
            return ModelAnswer.Failed(new("unreachable", "The model server cannot be reached, or the connection broke.", MayPass: true));
        }
    }

    static JsonObject Body(ModelRequest request)
    {
        var body = new JsonObject
        {
            ["model"] = request.Model,
            ["stream"] = false,
            [request.TokenField] = request.AnswerTokens,
            ["messages"] = new JsonArray([.. request.Messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]),
        };
        if (request.Temperature is { } temperature) body["temperature"] = temperature;
        return body;
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends no Authorization header at all.</summary>
    sealed class NoKey : PipelinePolicy
    {
        public static NoKey Policy { get; } = new();

        public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Remove("Authorization");
            ProcessNext(message, pipeline, currentIndex);
        }

        public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
        {
            message.Request.Headers.Remove("Authorization");
            return ProcessNextAsync(message, pipeline, currentIndex);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The model gave no answer: {Status} {Code}")]
        public static partial void NoAnswer(ILogger logger, int status, string code);
    }
}
