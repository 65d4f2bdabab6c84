using System.Text.Json.Nodes;

namespace Parley.Emulators;

/// <summary>One provider, as the controls steer it. What it plays are routes of its own.</summary>
internal interface IEmulatedProvider
{
    /// <summary>As requests name it.</summary>
    string Name { get; }

    Task<IResult> ConnectAsync(JsonObject request, CancellationToken cancellationToken);

    Task<IResult> SayAsync(JsonObject request);

    /// <summary>A book of what happened; "sends" is what was accepted. Null when there is no such book.</summary>
    object? FindLedger(string book, IQueryCollection query);

    /// <summary>Empties one book, or all when none is named.</summary>
    void ClearLedger(string? book);

    object Faults { get; }

    /// <summary>Null, or a sentence about what is wrong with the change.</summary>
    string? ChangeFaults(JsonObject change);

    void ClearFaults();

    /// <summary>Sends the webhooks that a fault holds back; how many.</summary>
    int Release();
}
