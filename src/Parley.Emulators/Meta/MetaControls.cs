using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>How Meta is steered.</summary>
internal sealed class MetaControls(MetaEmulator meta, MetaAccounts accounts) : IEmulatedProvider
{
    public string Name => "meta";

    public async Task<IResult> ConnectAsync(JsonObject request, CancellationToken cancellationToken)
    {
        if ((Controls.Missing(request, "external_id", "webhook_url", "secret") ?? Controls.NotAnAddress(request, "webhook_url")) is { } wrong) return wrong;
        var account = new MetaAccount(request.Text("external_id")!, request.Text("webhook_url")!, request.Text("secret")!, request.Text("waba_id") ?? MetaAccounts.AnyWaba,
            request.Text("name") ?? $"Business {request.Text("external_id")}", request.Text("display_phone_number") ?? "15550783881");
        if (request.Text("verify_token") is { } token && await MetaEmulator.VerifyAsync(account, token, cancellationToken) is { } refused)
            return TypedResults.Problem(refused, statusCode: 400, title: "The webhook address did not pass the challenge");
        accounts.Connect(account);
        return Results.Ok(new { connected = account.PhoneNumberId });
    }

    public async Task<IResult> SayAsync(JsonObject request)
    {
        if (Controls.Missing(request, "to", "from") is { } missing) return missing;
        if (meta.Find(request.Text("to")!) is not { } account)
            return TypedResults.Problem($"Nobody has connected {request.Text("to")}. POST /connect first.", statusCode: 404, title: "Not connected");
        if (meta.Attach(request) is { } wrong) return Controls.Bad(wrong);
        if (Controls.CountOf(request) is not { } count) return Controls.NotACount();
        string? id = null;
        int? status = null;
        for (var i = 0; i < count; i++) (id, status) = await meta.SayAsync(account, request, wait: i == count - 1);
        return Results.Ok(new { id, delivered = status is >= 200 and <= 299, status });
    }

    public object? FindLedger(string book, IQueryCollection query) => book switch
    {
        "sends" => new { items = meta.Ledger() },
        "reads" => new { items = meta.Reads() },
        _ => null,
    };

    public void ClearLedger(string? book) => meta.ClearLedger();

    public object Faults => meta.Faults;

    public string? ChangeFaults(JsonObject change)
    {
        var (changed, wrong) = FaultSwitches.Change(meta.Faults, change);
        if (changed is not null) meta.Faults = changed;
        return wrong;
    }

    public void ClearFaults() => meta.Faults = new();

    public int Release() => meta.Release();

    /// <summary>A template's status changes, and the business hears of it.</summary>
    public static IResult TemplateStatus(JsonObject request, MetaTemplates templates)
    {
        if (Controls.Missing(request, "name", "language", "event") is { } missing) return missing;
        var waba = request.Text("waba_id") ?? MetaAccounts.AnyWaba;
        if (templates.Find(waba, request.Text("name")!, request.Text("language")!) is not { } template)
            return TypedResults.Problem($"{waba} has no template {request.Text("name")} in {request.Text("language")}.", statusCode: 404, title: "No such template");
        var told = templates.Tell(template, request.Text("event")!.ToUpperInvariant(), request.Text("reason") ?? "NONE");
        return Results.Ok(new { id = template.Id, told });
    }
}
