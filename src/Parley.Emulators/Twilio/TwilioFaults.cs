namespace Parley.Emulators.Twilio;

/// <summary>What shall go wrong. Counted ones count down and end by themselves.</summary>
public sealed record TwilioFaults
{
    /// <summary>Each answer waits this long.</summary>
    public int LatencyMs { get; init; }

    /// <summary>The next so many sends are refused with <see cref="Status"/> and <see cref="Code"/>; code 0 is a gateway's page without any.</summary>
    public int FailNext { get; set; }
    public int Status { get; init; } = 500;
    public int Code { get; init; } = 20500;

    /// <summary>The next so many sends are accepted, and then the connection is cut: only the list, or a status, tells.</summary>
    public int LoseAnswerNext { get; set; }

    /// <summary>The next so many connections are cut before anything is accepted.</summary>
    public int DropBeforeNext { get; set; }

    /// <summary>The next so many sends are accepted and never answered.</summary>
    public int HangNext { get; set; }

    /// <summary>The next so many lists are answered with 503.</summary>
    public int ListFailNext { get; set; }
    public bool DuplicateStatuses { get; init; }
    public bool ReorderStatuses { get; init; }

    /// <summary>Statuses wait for POST /faults/release.</summary>
    public bool HoldStatuses { get; init; }

    /// <summary>Statuses never arrive.</summary>
    public bool LoseStatuses { get; init; }

    /// <summary>Statuses leave before the send is answered.</summary>
    public bool StatusesFirst { get; init; }

    /// <summary>Each webhook of a customer's message is delivered so many times more.</summary>
    public int DuplicateWebhooks { get; init; }

    /// <summary>The webhooks of the next so many customers' messages are lost: only the list has them.</summary>
    public int LoseWebhooksNext { get; set; }

    /// <summary>Statuses of a message; by default sent and delivered, and read on WhatsApp.</summary>
    public string[]? StatusSequence { get; init; }

    /// <summary>The number of "failed" and "undelivered" in the sequence.</summary>
    public int FailedCode { get; init; } = 30003;

    /// <summary>Milliseconds between two statuses of one message.</summary>
    public int StatusDelayMs { get; init; } = 30;

    /// <summary>Number → error number with which sends to it are refused.</summary>
    public Dictionary<string, int> RejectRecipients { get; init; } = [];

    /// <summary>More sends per second than this are refused with 429 and 20429; 0 means no limit.</summary>
    public int RateLimitPerSecond { get; init; }

    /// <summary>More sends at once than this are refused with 429 and 20429; 0 means no limit.</summary>
    public int ConcurrencyLimit { get; init; }

    /// <summary>Free text on WhatsApp to somebody who has written, but more than 24 hours ago, ends with 63016.</summary>
    public bool EnforceWindow { get; init; } = true;

    /// <summary>STOP and START come with OptOutType, as with Advanced Opt-Out.</summary>
    public bool AdvancedOptOut { get; init; }

    /// <summary>The next so many files are not there yet.</summary>
    public int MediaMissingNext { get; set; }

    /// <summary>True while a counted fault has something left; takes one of it.</summary>
    internal bool Take(Func<TwilioFaults, int> read, Action<TwilioFaults, int> write)
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
