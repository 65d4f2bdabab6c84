using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Parley.Emulators;

/// <summary>How tests and people steer the emulators. A request names its provider; who names none means Meta.</summary>
internal static class Controls
{
    const int Most = 10_000;   // messages of one /say

    public static void MapControls(this IEndpointRouteBuilder routes)
    {
        var providers = routes.ServiceProvider.GetServices<IEmulatedProvider>().ToDictionary(provider => provider.Name);

        routes.MapPost("/connect", async (JsonObject request, CancellationToken cancellationToken) =>
            Find(request.Text("provider")) is { } provider ? await provider.ConnectAsync(request, cancellationToken) : Unknown(request.Text("provider")));
        routes.MapPost("/say", async (JsonObject request) =>
            Find(request.Text("provider")) is { } provider ? await provider.SayAsync(request) : Unknown(request.Text("provider")));
        routes.MapGet("/ledger/{name}", (string name, HttpRequest request) => Ledger(name, "sends", request));
        routes.MapGet("/ledger/{name}/{book}", Ledger);
        routes.MapDelete("/ledger/{name}", (string name) => Clear(name, null));
        routes.MapDelete("/ledger/{name}/{book}", Clear);
        routes.MapGet("/faults", (string? provider) => Find(provider ?? "meta") is { } found ? Results.Ok(found.Faults) : Unknown(provider));
        routes.MapPost("/faults", SetFaults);
        routes.MapPost("/faults/release", () => Results.Ok(new { released = providers.Values.Sum(provider => provider.Release()) }));
        routes.MapDelete("/faults", ClearFaults);

        IEmulatedProvider? Find(string? name) => providers.GetValueOrDefault(name ?? "");

        IResult Ledger(string name, string book, HttpRequest request) =>
            Find(name) is not { } provider ? Unknown(name)
            : provider.FindLedger(book, request.Query) is { } found ? Results.Ok(found)
            : TypedResults.Problem($"{name} has no ledger of {book}.", statusCode: 404, title: "No such ledger");

        IResult Clear(string name, string? book)
        {
            if (Find(name) is not { } provider) return Unknown(name);
            provider.ClearLedger(book);
            return Results.NoContent();
        }

        IResult SetFaults(JsonObject request)
        {
            var name = request.Text("provider") ?? "meta";
            request.Remove("provider");
            if (Find(name) is not { } provider) return Unknown(name);
            return provider.ChangeFaults(request) is { } wrong ? TypedResults.Problem(wrong, statusCode: 400, title: "Not a fault") : Results.Ok(provider.Faults);
        }

        IResult ClearFaults(string? provider)
        {
            if (provider is not null && Find(provider) is null) return Unknown(provider);
            foreach (var one in provider is null ? [.. providers.Values] : new[] { Find(provider)! })
            {
                one.ClearFaults();
                one.Release();
            }
            return Results.NoContent();
        }

        ProblemHttpResult Unknown(string? name) =>
            TypedResults.Problem($"There is no emulator for \"{name}\" yet. There are: {string.Join(", ", providers.Keys)}.", statusCode: 404, title: "Unknown provider");
    }

    /// <summary>Null when all of these are there.</summary>
    public static ProblemHttpResult? Missing(JsonObject request, params string[] names) =>
        names.FirstOrDefault(name => string.IsNullOrEmpty(request.Text(name))) is { } missing ? Bad($"{missing} is missing.") : null;

    public static ProblemHttpResult Bad(string sentence) => TypedResults.Problem(sentence, statusCode: 400, title: "Bad request");

    /// <summary>Null when this is the address of a webhook, or there is none.</summary>
    public static ProblemHttpResult? NotAnAddress(JsonObject request, string name) =>
        Uri.TryCreate(request.Text(name), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? null : Bad($"{name} must be an address that starts with http:// or https://.");

    /// <summary>How many messages a /say asks for; null when that is no number it may ask for.</summary>
    public static int? CountOf(JsonObject request) =>
        request["count"] is not { } times ? 1
        : times is JsonValue number && number.TryGetValue(out int count) && count is >= 1 and <= Most ? count
        : null;

    public static ProblemHttpResult NotACount() => Bad($"count must be a whole number from 1 to {Most:N0}.");
}
