namespace Parley.Emulators.Meta;

/// <summary>What shall go wrong. Counted ones count down and end by themselves.</summary>
public sealed record MetaFaults
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

    /// <summary>The next so many resolves and downloads of media are answered with <see cref="MediaStatus"/>.</summary>
    public int MediaStatusNext { get; set; }
    public int MediaStatus { get; init; } = 500;

    /// <summary>The next so many uploads are refused with <see cref="MediaStatus"/>.</summary>
    public int MediaUploadFailNext { get; set; }

    /// <summary>The next so many downloads find their address expired, however young it is.</summary>
    public int MediaExpiredNext { get; set; }

    /// <summary>How long a download address lives, from its resolving.</summary>
    public double MediaUrlSeconds { get; init; } = 300;

    /// <summary>Downloads go no faster than this; 0 means no limit.</summary>
    public int MediaSlowBytesPerSecond { get; init; }

    /// <summary>The next so many downloads are cut half-way.</summary>
    public int MediaCutNext { get; set; }

    /// <summary>The sha256 of resolves and of webhooks is another file's.</summary>
    public bool MediaWrongDigest { get; init; }

    /// <summary>No media exists any more, whoever asks for it.</summary>
    public bool MediaVanished { get; init; }

    /// <summary>Milliseconds between a template's creation (or change) and its review.</summary>
    public int TemplateReviewMs { get; init; } = 400;

    /// <summary>True while a counted fault has something left; takes one of it.</summary>
    internal bool Take(Func<MetaFaults, int> read, Action<MetaFaults, int> write)
    {
        lock (this)
        {
            var left = read(this);
            if (left <= 0) return false;
            write(this, left - 1);
            return true;
        }
    }
}
