using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Unipile;

/// <summary>Asks Unipile what may be asked twice. Failures are values, secrets removed from their words.</summary>
internal sealed class UnipileClient(HttpMessageInvoker http, TimeProvider time)
{
    // A page of 250 WhatsApp messages carries the network's raw data of each, some kilobytes apiece.
    const int LargestAnswer = 64 * 1024 * 1024;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>An answer, to be disposed of, or a failure.</summary>
    public async Task<(Answer? Answer, ReadFailure? Failure)> AskAsync(
        ChannelAccount account, HttpMethod method, string path, CancellationToken cancellationToken, HttpContent? content = null, params (string Name, string? Value)[] query)
    {
        var (answer, failure) = await CallAsync(account, method, path, content, query, isAnswerWanted: true, cancellationToken);
        return answer is null ? (null, failure ?? ReadFailure.Unreadable.From(null, "The answer is not Unipile's, or broke off.")) : (answer, null);
    }

    /// <summary>Null when Unipile did it, whatever it says about that.</summary>
    public async Task<ReadFailure?> DoAsync(ChannelAccount account, HttpMethod method, string path, CancellationToken cancellationToken, HttpContent? content = null) =>
        (await CallAsync(account, method, path, content, [], isAnswerWanted: false, cancellationToken)).Failure;

    async Task<(Answer? Answer, ReadFailure? Failure)> CallAsync(
        ChannelAccount account, HttpMethod method, string path, HttpContent? content, (string Name, string? Value)[] query, bool isAnswerWanted, CancellationToken cancellationToken)
    {
        var settings = UnipileSettings.Of(account);
        if (UnipileRequest.KeyProblem(settings) is { } problem) return (null, ReadFailure.AccountInvalid.From(null, problem));
        if (UnipileRequest.Address(settings, path, query) is not { } address) return (null, ReadFailure.Rejected.From(null, "The account's DSN is no address."));

        using var clock = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clock.Token);
        try
        {
            using var request = UnipileRequest.For(method, address, settings);
            request.Content = content;
            using var response = await http.SendAsync(request, either.Token);
            if (response.IsSuccessStatusCode) return (isAnswerWanted ? Answer.Of(await ReadAsync(response.Content, either.Token)) : null, null);

            var (type, words) = UnipileErrors.Read(await OneRequest.ReadAsync(response.Content, either.Token));
            var failure = UnipileErrors.OfRead(response.StatusCode, type, Redaction.Redact(words, account.Credentials.Values));
            return (null, failure.Retry == Retry.Later ? failure with { RetryAfter = Wait(response.Headers, time.GetUtcNow()) } : failure);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, ReadFailure.ConnectionFailed.From(null, "No answer in time."));
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return (null, ReadFailure.ConnectionFailed.From(null, OneRequest.Reason(broken)));
        }
    }

    /// <summary>How long an answer asks us to wait: not documented for Unipile, honoured if given.</summary>
    public static TimeSpan? Wait(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter is { } header ? header.Delta ?? header.Date - now ?? TimeSpan.Zero : TimeSpan.Zero;
        var day = TimeSpan.FromDays(1);
        return wait <= TimeSpan.Zero ? null : wait > day ? day : wait;
    }

    // Pages are large and many: rented, so that an import does not fill the large object heap.
    static async Task<(byte[] Rented, int Length)?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        var rented = ArrayPool<byte>.Shared.Rent((int)Math.Clamp((content.Headers.ContentLength ?? 0) + 1, 16 * 1024, LargestAnswer));
        var length = 0;
        try
        {
            int read;
            while ((read = await stream.ReadAsync(rented.AsMemory(length), cancellationToken)) > 0)
            {
                length += read;
                if (length < rented.Length) continue;
                if (length >= LargestAnswer)
                {
                    ArrayPool<byte>.Shared.Return(rented);
                    return null;
                }
                var larger = ArrayPool<byte>.Shared.Rent(rented.Length * 2);
                rented.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(rented);
                rented = larger;
            }
            return (rented, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    /// <summary>Parsed JSON on rented memory: nothing of it may be used after disposal.</summary>
    public sealed class Answer : IDisposable
    {
        readonly JsonDocument document;
        byte[]? rented;

        Answer(JsonDocument document, byte[] rented) => (this.document, this.rented) = (document, rented);

        public JsonElement Root => document.RootElement;

        /// <summary>Null when it is no JSON object: a gateway's page, or an answer that broke off.</summary>
        public static Answer? Of((byte[] Rented, int Length)? body)
        {
            if (body is not var (rented, length)) return null;
            JsonDocument? document = null;
            try
            {
                document = JsonDocument.Parse(rented.AsMemory(0, length));
                if (document.RootElement.IsObject()) return new(document, rented);
            }
            catch (JsonException)
            {
                // Judged below: whatever this is, it is not Unipile's.
            }
            document?.Dispose();
            ArrayPool<byte>.Shared.Return(rented);
            return null;
        }

        public void Dispose()
        {
            document.Dispose();
            if (Interlocked.Exchange(ref rented, null) is { } once) ArrayPool<byte>.Shared.Return(once);
        }
    }
}
