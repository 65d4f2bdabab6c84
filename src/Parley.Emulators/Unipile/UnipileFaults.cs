namespace Parley.Emulators.Unipile;

/// <summary>What shall go wrong at Unipile. Counted ones count down and end by themselves.</summary>
internal sealed record UnipileFaults
{
    /// <summary>What happens to calls; the first that fits is taken.</summary>
    public UnipileRule[] Rules { get; init; } = [];

    /// <summary>Each answer waits this long.</summary>
    public int LatencyMs { get; init; }

    /// <summary>More calls per second than this are refused with 429; 0 means no limit.</summary>
    public int RateLimitPerSecond { get; init; }

    /// <summary>Said with each 429, in seconds; 0 means that nothing is said, as with the real one.</summary>
    public int RetryAfter { get; init; }

    /// <summary>The one key that is accepted; empty means any but "bad".</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>Pages are no longer than this, whatever the limit; 0 means as long as asked for.</summary>
    public int PageSize { get; init; }

    /// <summary>What a send is answered with: string, null, array, or late (a string, after the echo's webhook was answered).</summary>
    public string MessageId { get; init; } = "string";

    /// <summary>An accepted send is answered after so many milliseconds.</summary>
    public int AnswerDelayMs { get; init; }

    /// <summary>The webhook of our own message leaves so many milliseconds after it was accepted.</summary>
    public int EchoDelayMs { get; init; }

    /// <summary>The next so many of our own messages have no webhook.</summary>
    public int DropEchoNext { get; set; }

    /// <summary>The next so many of our own messages appear in the lists only after <see cref="LateMessageMs"/>.</summary>
    public int LateMessageNext { get; set; }
    public int LateMessageMs { get; init; } = 1_000;

    /// <summary>Provider's user id → the slug with which sends to them are refused.</summary>
    public Dictionary<string, string> RejectRecipients { get; init; } = [];

    /// <summary>Longer texts are refused with too_many_characters; 0 means any length.</summary>
    public int MaxText { get; init; } = 10_000;

    /// <summary>Webhooks say "150" and "false" of attachments, and one attachment is no list, as older ones do.</summary>
    public bool OldWebhookTypes { get; init; }

    /// <summary>Each webhook is delivered so many times more.</summary>
    public int DuplicateWebhooks { get; init; }

    /// <summary>Every other webhook is late by 300 ms.</summary>
    public bool ReorderWebhooks { get; init; }

    /// <summary>The next so many webhooks are lost.</summary>
    public int DropWebhooksNext { get; set; }

    /// <summary>Webhooks wait for POST /faults/release.</summary>
    public bool HoldWebhooks { get; init; }

    /// <summary>Milliseconds before each of the five retries of a webhook.</summary>
    public int[] RetryPausesMs { get; init; } = [200, 500, 1_000, 2_000, 5_000];

    public int WebhookTimeoutMs { get; init; } = 30_000;

    /// <summary>True while a counted fault has something left; takes one of it.</summary>
    public bool Take(Func<UnipileFaults, int> read, Action<UnipileFaults, int> write)
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

/// <summary>One thing that happens to some calls.</summary>
internal sealed record UnipileRule
{
    /// <summary>"GET /chats/{chat_id}/messages", as in the ledger of calls; "*" is every one.</summary>
    public string Route { get; init; } = "*";

    /// <summary>A slug of Unipile's errors (too_many_requests, provider_error, no_client_session, request_timeout…), or one of <see cref="Kinds"/>.</summary>
    public string Kind { get; init; } = "provider_error";

    /// <summary>So many calls; null means for ever.</summary>
    public int? Next { get; set; }

    /// <summary>So many calls pass before it begins.</summary>
    public int Skip { get; set; }

    /// <summary>Only calls about this account.</summary>
    public string? AccountId { get; init; }

    /// <summary>Only calls with this in their path: an id.</summary>
    public string? Id { get; init; }

    /// <summary>truncated: half of the body, as if it were all of it. cut: half of it, and the connection ends. html: a proxy's page.
    /// repeated_cursor: the next page is this page. vanish: the account is gone. drop: the connection ends before anything is done.
    /// lose_answer: it is done, and the connection ends. hang: it is done, and no answer ever comes.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["truncated", "cut", "html", "repeated_cursor", "vanish", "drop", "lose_answer", "hang"];

    public bool Takes(string route, string? accountId, string path)
    {
        if (Route != "*" && Route != route || AccountId is not null && AccountId != accountId || Id is not null && !path.Contains(Id, StringComparison.Ordinal)) return false;
        lock (this)
        {
            if (Skip > 0)
            {
                Skip--;
                return false;
            }
            if (Next is null) return true;
            if (Next <= 0) return false;
            Next--;
            return true;
        }
    }
}
