using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Emulators.Meta;

namespace Parley.Emulators;

/// <summary>How tests and people steer the emulators.</summary>
internal static class Controls
{
    const int Most = 10_000;   // messages of one /say

    public static void MapControls(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/connect", Connect);
        routes.MapPost("/say", Say);
        routes.MapGet("/ledger/{provider}", (string provider, MetaEmulator meta) => provider == "meta" ? Results.Ok(new { items = meta.Ledger() }) : Unknown(provider));
        routes.MapGet("/ledger/{provider}/reads", (string provider, MetaEmulator meta) => provider == "meta" ? Results.Ok(new { items = meta.Reads() }) : Unknown(provider));
        routes.MapPost("/template-status", TemplateStatus);
        routes.MapDelete("/ledger/{provider}", (string provider, MetaEmulator meta) =>
        {
            if (provider != "meta") return Unknown(provider);
            meta.ClearLedger();
            return Results.NoContent();
        });
        routes.MapGet("/faults", (MetaEmulator meta) => meta.Faults);
        routes.MapPost("/faults", SetFaults);
        routes.MapPost("/faults/release", (MetaEmulator meta) => Results.Ok(new { released = meta.Release() }));
        routes.MapDelete("/faults", (MetaEmulator meta) =>
        {
            meta.Faults = new MetaFaults();
            meta.Release();
            return Results.NoContent();
        });
    }

    static async Task<IResult> Connect(JsonObject request, MetaAccounts accounts, CancellationToken cancellationToken)
    {
        if (Text(request, "provider") != "meta") return Unknown(Text(request, "provider"));
        if (Missing(request, "external_id", "webhook_url", "secret") is { } missing) return missing;
        if (!(Uri.TryCreate(Text(request, "webhook_url"), UriKind.Absolute, out var webhook) && webhook.Scheme is "http" or "https"))
            return TypedResults.Problem("webhook_url must be an address that starts with http:// or https://.", statusCode: 400, title: "Bad request");
        var account = new MetaAccount(Text(request, "external_id")!, Text(request, "webhook_url")!, Text(request, "secret")!, Text(request, "waba_id") ?? MetaAccounts.AnyWaba,
            Text(request, "name") ?? $"Business {Text(request, "external_id")}", Text(request, "display_phone_number") ?? "15550783881");
        if (Text(request, "verify_token") is { } token && await MetaEmulator.VerifyAsync(account, token, cancellationToken) is { } refused)
            return TypedResults.Problem(refused, statusCode: 400, title: "The webhook address did not pass the challenge");
        accounts.Connect(account);
        return Results.Ok(new { connected = account.PhoneNumberId });
    }

    static async Task<IResult> Say(JsonObject request, MetaEmulator meta)
    {
        if (Text(request, "provider") != "meta") return Unknown(Text(request, "provider"));
        if (Missing(request, "to", "from") is { } missing) return missing;
        if (meta.Find(Text(request, "to")!) is not { } account)
            return TypedResults.Problem($"Nobody has connected {Text(request, "to")}. POST /connect first.", statusCode: 404, title: "Not connected");
        if (meta.Attach(request) is { } wrong) return TypedResults.Problem(wrong, statusCode: 400, title: "Bad request");
        var count = 1;
        if (request["count"] is { } times && !(times is JsonValue number && number.TryGetValue(out count) && count is >= 1 and <= Most))
            return TypedResults.Problem($"count must be a whole number from 1 to {Most:N0}.", statusCode: 400, title: "Bad request");
        string? id = null;
        int? status = null;
        for (var i = 0; i < count; i++) (id, status) = await meta.SayAsync(account, request, wait: i == count - 1 || count == 1);
        return Results.Ok(new { id, delivered = status is >= 200 and <= 299, status });
    }

    static IResult SetFaults(JsonObject request, MetaEmulator meta)
    {
        if (Text(request, "provider") is { } provider && provider != "meta") return Unknown(provider);
        request.Remove("provider");
        foreach (var (name, _) in request)
            if (!MetaFaults.Names.Contains(name)) return TypedResults.Problem($"There is no fault {name}. There are: {string.Join(", ", MetaFaults.Names)}.", statusCode: 400, title: "Unknown fault");
        try { meta.Faults = meta.Faults.With(request); }
        catch (Exception wrong) when (wrong is System.Text.Json.JsonException or InvalidOperationException or FormatException)
        {
            return TypedResults.Problem("A value has the wrong type.", statusCode: 400, title: "Bad request");
        }
        return Results.Ok(meta.Faults);
    }

    static IResult TemplateStatus(JsonObject request, MetaTemplates templates)
    {
        if (Missing(request, "name", "language", "event") is { } missing) return missing;
        var waba = Text(request, "waba_id") ?? MetaAccounts.AnyWaba;
        if (templates.Find(waba, Text(request, "name")!, Text(request, "language")!) is not { } template)
            return TypedResults.Problem($"{waba} has no template {Text(request, "name")} in {Text(request, "language")}.", statusCode: 404, title: "No such template");
        var told = templates.Tell(template, Text(request, "event")!.ToUpperInvariant(), Text(request, "reason") ?? "NONE");
        return Results.Ok(new { id = template.Id, told });
    }

    static string? Text(JsonObject request, string name) => request[name]?.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string?)request[name] : null;

    static ProblemHttpResult? Missing(JsonObject request, params string[] names) =>
        names.FirstOrDefault(name => string.IsNullOrEmpty(Text(request, name))) is { } missing
            ? TypedResults.Problem($"{missing} is missing.", statusCode: 400, title: "Bad request")
            : null;

    static ProblemHttpResult Unknown(string? provider) =>
        TypedResults.Problem($"There is no emulator for \"{provider}\" yet. There is: meta.", statusCode: 404, title: "Unknown provider");
}
