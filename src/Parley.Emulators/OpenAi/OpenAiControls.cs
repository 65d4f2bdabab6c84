using System.Text.Json.Nodes;

namespace Parley.Emulators.OpenAi;

/// <summary>How the model server is steered. It calls nobody: there is nothing to connect, and nobody to speak as.</summary>
internal sealed class OpenAiControls(OpenAiEmulator emulator) : IEmulatedProvider
{
    public string Name => "openai";

    public Task<IResult> ConnectAsync(JsonObject request, CancellationToken cancellationToken) => Task.FromResult<IResult>(Controls.Bad("A model server delivers nothing: there is nothing to connect."));

    public Task<IResult> SayAsync(JsonObject request) => Task.FromResult<IResult>(Controls.Bad("Nobody speaks through a model server. POST /openai/v1/chat/completions asks it."));

    public object? FindLedger(string book, IQueryCollection query) => book == "sends" ? new { items = emulator.Ledger } : null;

    public void ClearLedger(string? book) => emulator.ClearLedger();

    public object Faults => emulator.Faults;

    public string? ChangeFaults(JsonObject change)
    {
        var (changed, wrong) = FaultSwitches.Change(emulator.Faults, change);
        if (changed is not null) emulator.Faults = changed;
        return wrong;
    }

    public void ClearFaults() => emulator.Faults = new();

    public int Release() => 0;
}
