using System.Text.Json.Nodes;

namespace Parley.Emulators.Twilio;

/// <summary>How Twilio is steered.</summary>
internal sealed class TwilioControls(TwilioEmulator twilio, TwilioStore store) : IEmulatedProvider
{
    public string Name => "twilio";

    public Task<IResult> ConnectAsync(JsonObject request, CancellationToken cancellationToken)
    {
        if ((Controls.Missing(request, "external_id", "webhook_url", "secret") ?? Controls.NotAnAddress(request, "webhook_url")) is { } wrong) return Task.FromResult<IResult>(wrong);
        var address = request.Text("external_id")!;
        var number = new TwilioNumber(address, request.Text("webhook_url")!, request.Text("secret")!, request.Text("account_sid") ?? TwilioIds.AnyAccount, request.Text("name") ?? $"Business {TwilioIds.Plain(address)}");
        store.Connect(number);
        return Task.FromResult(Results.Ok(new { connected = number.Address, account_sid = number.AccountSid }));
    }

    public async Task<IResult> SayAsync(JsonObject request)
    {
        if (Controls.Missing(request, "to", "from") is { } missing) return missing;
        if (store.FindNumber(request.Text("to")) is not { } number)
            return TypedResults.Problem($"Nobody has connected {request.Text("to")}. POST /connect first.", statusCode: 404, title: "Not connected");
        if (Controls.CountOf(request) is not { } count) return Controls.NotACount();
        (string, byte[])? file = null;
        if (request["media"] is { } media)
        {
            var bytes = new byte[media.Text("base64")?.Length ?? 0];
            if (media.Text("base64") is not { } base64 || !Convert.TryFromBase64String(base64, bytes, out var length)) return Controls.Bad("media.base64 is missing, or is not base64.");
            if (media.Text("mime_type") is not { Length: > 0 } mimeType) return Controls.Bad("media.mime_type is missing.");
            file = (mimeType, bytes[..length]);
        }
        string? sid = null;
        int? status = null;
        for (var i = 0; i < count; i++) (sid, status) = await twilio.SayAsync(number, request, file, wait: i == count - 1);
        return Results.Ok(new { id = sid, delivered = status is >= 200 and <= 299, status });
    }

    public object? FindLedger(string book, IQueryCollection query) => book == "sends" ? new { items = twilio.Ledger() } : null;

    public void ClearLedger(string? book) => twilio.ClearLedger();

    public object Faults => twilio.Faults;

    public string? ChangeFaults(JsonObject change)
    {
        var (changed, wrong) = FaultSwitches.Change(twilio.Faults, change);
        if (changed is not null) twilio.Faults = changed;
        return wrong;
    }

    public void ClearFaults() => twilio.Faults = new();

    public int Release() => twilio.Release();
}
