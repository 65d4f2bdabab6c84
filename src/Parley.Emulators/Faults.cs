using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators;

/// <summary>What shall go wrong. Counted ones count down and end by themselves.</summary>
public sealed record Faults
{
    /// <summary>Each answer waits this long.</summary>
    public int LatencyMs { get; init; }

    /// <summary>The next so many sends are refused with <see cref="Status"/> and <see cref="Code"/>.</summary>
    public int FailNext { get; set; }
    public int Status { get; init; } = 500;
    public int Code { get; init; } = 131000;

    /// <summary>The next so many sends are accepted and written into the ledger, and then the connection is cut.</summary>
    public int LoseAnswerNext { get; set; }

    /// <summary>The next so many connections are cut before anything is accepted.</summary>
    public int DropBeforeNext { get; set; }

    /// <summary>The next so many sends are accepted and never answered.</summary>
    public int HangNext { get; set; }
    public bool DuplicateStatuses { get; init; }
    public bool ReorderStatuses { get; init; }

    /// <summary>Statuses wait for POST /faults/release.</summary>
    public bool HoldStatuses { get; init; }

    /// <summary>Each webhook of a customer's message is delivered so many times more.</summary>
    public int DuplicateWebhooks { get; init; }
    public string[] StatusSequence { get; init; } = ["sent", "delivered", "read"];

    /// <summary>The code of "failed" in the sequence.</summary>
    public int FailedCode { get; init; } = 131026;

    /// <summary>Milliseconds between two statuses of one message.</summary>
    public int StatusDelayMs { get; init; } = 30;

    /// <summary>Number → code with which sends to it are refused.</summary>
    public Dictionary<string, int> RejectRecipients { get; init; } = [];

    /// <summary>More sends per second than this are refused with 130429; 0 means no limit.</summary>
    public int RateLimitPerSecond { get; init; }

    /// <summary>Free text to somebody who has written, but more than 24 hours ago, fails with 131047.</summary>
    public bool EnforceWindow { get; init; } = true;

    /// <summary>The next so many uploads and look-ups of files are refused with <see cref="Status"/> and <see cref="Code"/>.</summary>
    public int MediaFailNext { get; set; }

    /// <summary>The next so many addresses of files are 404, as after five minutes.</summary>
    public int MediaExpiredNext { get; set; }

    /// <summary>The next so many downloads are cut in the middle.</summary>
    public int MediaCutNext { get; set; }

    /// <summary>Downloads drip; 0 means as fast as it goes.</summary>
    public int MediaBytesPerSecond { get; init; }
    public bool MediaWrongDigest { get; init; }

    /// <summary>Files are known no longer.</summary>
    public bool MediaVanished { get; init; }

    /// <summary>True for one of the counted ones, which then counts down.</summary>
    internal bool Count(Func<int> read, Action<int> write)
    {
        lock (this)
        {
            var left = read();
            if (left <= 0) return false;
            write(left - 1);
            return true;
        }
    }

    static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(Faults).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name))];

    internal Faults With(JsonObject change)
    {
        var present = JsonSerializer.SerializeToNode(this, Json)!.AsObject();
        foreach (var (name, value) in change) present[name] = value?.DeepClone();
        return present.Deserialize<Faults>(Json)!;
    }
}
