using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Sends, once each, and changes what was sent. There is no key by which Unipile would know a repeated send: one
/// without an answer is settled by its echo, or by reading the chat.</summary>
internal sealed class UnipileSender(HttpMessageInvoker http, TimeProvider time, TimeSpan limit)
{
    /// <summary>:: 1 can it be said · 2 where it goes · 3 the file, opened · 4 the one request · 5 what came of it.</summary>
    public async Task<SendResult> SendAsync(OutboundMessage message, ChannelAccount account, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // :: 1
        if (UnipileMessageForm.Complaint(message, isDraft: false) is { } complaint) return SendResult.Failed(complaint);
        if (message.Type == "reaction")
        {
            var (target, emoji) = UnipileMessageForm.Reaction(message);
            return await ChangeAsync(account, HttpMethod.Post, $"/messages/{UnipileRequest.Escaped(target!)}/reaction", new() { ["reaction"] = emoji }, cancellationToken) is { } refused
                ? SendResult.Failed(refused) : SendResult.Accepted(null, threadId: message.ThreadId);
        }

        // :: 2
        var path = message.ThreadId is { } thread ? $"/chats/{UnipileRequest.Escaped(thread)}/messages" : "/chats";

        // :: 3
        Stream? file = null;
        try
        {
            if (message.File is { } carried && message.Type != "text") file = await carried.Open(cancellationToken);
        }
        catch (IOException)
        {
            return SendResult.Failed(SendFailure.ConnectionFailed.From(null, "The file could not be read."));
        }
        await using var opened = file;

        // :: 4
        var (answer, failure) = await CallAsync(account, HttpMethod.Post, path, UnipileMessageForm.Write(message, account, file), cancellationToken);

        // :: 5
        return failure is not null ? SendResult.Failed(failure) : Judge(answer!, message);
    }

    /// <summary>Null when Unipile did it.</summary>
    public async Task<SendFailure?> ChangeAsync(ChannelAccount account, HttpMethod method, string path, JsonObject? body, CancellationToken cancellationToken) =>
        (await CallAsync(account, method, path, body is null ? new ByteArrayContent([]) : UnipileRequest.Json(body), cancellationToken)).Failure;

    /// <summary>A success's answer, or why there is none.</summary>
    async Task<(HttpAnswer? Answer, SendFailure? Failure)> CallAsync(ChannelAccount account, HttpMethod method, string path, HttpContent content, CancellationToken cancellationToken)
    {
        var settings = UnipileSettings.Of(account);
        if (UnipileRequest.KeyProblem(settings) is { } problem) return (null, SendFailure.AccountInvalid.From(null, problem));
        if (UnipileRequest.Address(settings, path) is not { } address) return (null, SendFailure.Rejected.From(null, "The account's DSN is no address."));

        using var request = UnipileRequest.For(method, address, settings);
        request.Content = content;
        var (answer, broken) = await OneRequest.SendAsync(http, request, limit, time, cancellationToken);
        if (answer is not null && (int)answer.Status is >= 200 and < 300) return (answer, null);
        var failure = broken ?? UnipileErrors.OfSend(answer!.Status, answer.Body);
        if (failure.Retry == Retry.Later && answer is not null && UnipileClient.Wait(answer.Headers, time.GetUtcNow()) is { } asked && asked > (failure.RetryAfter ?? TimeSpan.Zero))
            failure = failure with { RetryAfter = asked };
        return (null, failure with { ProviderText = Redaction.Redact(failure.ProviderText, account.Credentials.Values) });
    }

    /// <summary>The id may be null or come as a list: the message was taken all the same. An answer that broke off or is not Unipile's
    /// tells nothing.</summary>
    static SendResult Judge(HttpAnswer answer, OutboundMessage message)
    {
        var said = $"HTTP {(int)answer.Status}";
        if (answer.Body is null) return SendResult.Failed(SendFailure.OutcomeUnknown.From(null, $"{said}, and the answer broke off."));
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var root = document.RootElement;
            if (root.Get("object"u8).Words() is null && root.Get("message_id"u8).ValueKind == JsonValueKind.Undefined)
                return SendResult.Failed(SendFailure.OutcomeUnknown.From(null, $"{said} without a word about the message."));
            return SendResult.Accepted(root.Get("message_id"u8).FirstId(), threadId: root.Get("chat_id"u8).FirstId() ?? message.ThreadId);
        }
        catch (JsonException)
        {
            return SendResult.Failed(SendFailure.OutcomeUnknown.From(null, $"{said}, and the answer is not Unipile's."));
        }
    }
}
