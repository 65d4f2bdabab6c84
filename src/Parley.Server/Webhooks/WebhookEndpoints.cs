using System.Buffers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Channels;
using Parley.Channels.Contract;
using Parley.Server.Backfill;
using Parley.Server.Ingest;
using Parley.Server.Integrations;
using Parley.Server.Platform;
using Parley.Server.Platform.Configuration;

namespace Parley.Server.Webhooks;

/// <summary>Where providers call. The signature of the body is the only authentication.
/// :: 1 who is called · 2 read, bounded · 3 verify the raw bytes · 4 read what it says · 5 route within the tenant ·
/// 6 wait for the commit · 7 200.</summary>
internal static class WebhookEndpoints
{
    /// <summary>Meta sends up to a thousand in one body.</summary>
    const int MostEvents = 5000;

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var webhooks = routes.MapGroup("/webhooks/{provider}/{integrationId}").WithTags("Webhooks").AllowAnonymous().DisableRateLimiting();
        webhooks.MapGet("", Challenge).WithSummary("The provider checks that this address is ours.");
        webhooks.MapPost("", Receive).WithSummary("The provider tells us what happened. Answered after it is stored.");
    }

    static async Task<Results<ContentHttpResult, ProblemHttpResult>> Challenge(
        string provider, string integrationId, HttpRequest request, ChannelCatalog catalog, IntegrationDirectory directory)
    {
        if (await FindAsync(provider, integrationId, directory) is not { } integration || catalog.Find(provider) is not IAnswerChallenges channel) return NoSuchAddress();
        var query = request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        return channel.Answer(query, integration.Account) is { } answer
            ? TypedResults.Text(answer, "text/plain")
            : TypedResults.Problem("The verify token is not the one of this integration.", statusCode: StatusCodes.Status403Forbidden, title: "Challenge refused");
    }

    static async Task<Results<Ok, ContentHttpResult, ProblemHttpResult>> Receive(
        string provider, string integrationId, HttpContext http, ChannelCatalog catalog, IntegrationDirectory directory, IngestQueue queue,
        ParleySettings settings, OutageNews outages, TimeProvider time)
    {
        try
        {
            return await ReceiveAsync(provider, integrationId, http, catalog, directory, queue, settings, time);
        }
        catch (IngestUnavailableException)
        {
            outages.Tell();
            http.Response.Headers.RetryAfter = "5";
            return TypedResults.Problem("It could not be stored just now. Send it again.", statusCode: StatusCodes.Status503ServiceUnavailable, title: "Not stored");
        }
        catch (Exception failure) when (failure is not (BadHttpRequestException or OperationCanceledException) && !http.RequestAborted.IsCancellationRequested)
        {
            outages.Tell();   // it is answered with a 5xx, and not every provider comes again
            throw;
        }
    }

    static async Task<Results<Ok, ContentHttpResult, ProblemHttpResult>> ReceiveAsync(
        string provider, string integrationId, HttpContext http, ChannelCatalog catalog, IntegrationDirectory directory, IngestQueue queue,
        ParleySettings settings, TimeProvider time)
    {
        // :: 1
        if (await FindAsync(provider, integrationId, directory) is not { } integration || catalog.Find(provider) is not IReadWebhooks channel) return NoSuchAddress();

        // :: 2
        if (await ReadBodyAsync(http.Request, settings.WebhookBodyLimit, http.RequestAborted) is not { } body)
            return TypedResults.Problem($"A webhook may have {settings.WebhookBodyLimit} bytes.", statusCode: StatusCodes.Status413PayloadTooLarge, title: "Too large");

        // :: 3
        var request = new WebhookRequest(new HeaderView(http.Request.Headers), body) { Address = AddressOf(http.Request, settings) };
        if (!channel.IsAuthentic(request, integration.Account))
        {
            // The secret may have been rotated a moment ago, on another node.
            if (await directory.ReloadAsync(integration.Id) is not { } reloaded || !channel.IsAuthentic(request, reloaded.Account))
                return TypedResults.Problem("The signature is missing or does not match the body.", statusCode: StatusCodes.Status403Forbidden, title: "Signature refused");
        }

        // :: 4
        var content = channel.Read(request);

        // :: 5
        var (events, error) = await RouteAsync(integration, content, directory);
        if (events.Count > MostEvents) (events, error) = ([], $"It holds {events.Count:N0} events; at most {MostEvents:N0} are applied while others wait. Replay it: then it is applied by itself.");

        // :: 6
        var now = time.GetUtcNow();
        var webhook = new PendingWebhook
        {
            Id = Ids.New(now),
            TenantId = integration.TenantId,
            IntegrationId = integration.Id,
            Provider = integration.Provider,
            Body = body,
            ReceivedAt = now,
            Kind = content.Kind,
            Events = events,
            Error = error ?? content.Error,
        };
        await queue.IngestAsync(webhook, http.RequestAborted);

        // :: 7
        return channel.Reply is { } reply ? TypedResults.Content(reply.Body, reply.ContentType) : TypedResults.Ok();
    }

    // As the provider called it: its view of us is the public address, or what a trusted proxy told; the path and query are those on the wire.
    static string AddressOf(HttpRequest request, ParleySettings settings)
    {
        var asked = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget is ['/', ..] and var raw ? raw : $"{request.PathBase}{request.Path}{request.QueryString}";
        return (settings.PublicUrl ?? $"{request.Scheme}://{request.Host}") + asked;
    }

    internal static async Task<(IReadOnlyList<RoutedEvent> Events, string? Error)> RouteAsync(
        ConnectedIntegration called, WebhookContent content, IntegrationDirectory directory)
    {
        if (content.Events.Count == 0) return ([], null);
        var routed = new List<RoutedEvent>(content.Events.Count);
        string? error = null;
        foreach (var happened in content.Events)
        {
            if (happened.AccountId == called.Account.ExternalId || happened is TemplateChanged or QualityWarned) routed.Add(new(called.Id, called.Account.Channel, happened));
            else if (await directory.FindByAccountAsync(called.TenantId, called.Provider, happened.AccountId) is { } id && await directory.FindByIdAsync(id) is { } other)
                routed.Add(new(other.Id, other.Account.Channel, happened));
            else error = $"It speaks of the account {happened.AccountId}, which is not connected here. Connect it, then replay this.";
        }
        return (routed, error);
    }

    static async ValueTask<ConnectedIntegration?> FindAsync(string provider, string integrationId, IntegrationDirectory directory) =>
        Guid.TryParse(integrationId, out var id) && await directory.FindByIdAsync(id) is { } integration && integration.Provider == provider ? integration : null;

    static ProblemHttpResult NoSuchAddress() =>
        TypedResults.Problem("No integration has this address.", statusCode: StatusCodes.Status404NotFound, title: "Not found");

    static async Task<byte[]?> ReadBodyAsync(HttpRequest request, long limit, CancellationToken cancellationToken)
    {
        // Many read an answer only when they have sent all: the server may read on for a moment, and drop what it reads.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = limit * 16;
        if (request.ContentLength > limit) return null;
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > limit) return null;
            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
