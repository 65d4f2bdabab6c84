namespace Parley.Emulators.OpenAi;

/// <summary>What shall go wrong. Counted ones count down and end by themselves.</summary>
public sealed record OpenAiFaults
{
    /// <summary>Each answer waits this long.</summary>
    public int LatencyMs { get; init; }

    /// <summary>The next so many requests are refused with <see cref="Status"/>, <see cref="Code"/> and <see cref="Type"/>.</summary>
    public int FailNext { get; set; }
    public int Status { get; init; } = 500;
    public string? Code { get; init; }
    public string Type { get; init; } = "server_error";

    /// <summary>The Retry-After of refusals: seconds, or a date.</summary>
    public string? RetryAfter { get; init; }

    /// <summary>The x-should-retry of refusals.</summary>
    public string? ShouldRetry { get; init; }

    /// <summary>The next so many refusals are a page, as a gateway makes them.</summary>
    public int HtmlNext { get; set; }

    /// <summary>The next so many requests are never answered.</summary>
    public int HangNext { get; set; }

    /// <summary>The next so many connections are cut after the headers.</summary>
    public int CutNext { get; set; }

    /// <summary>The next so many answers are half of their JSON.</summary>
    public int MalformedNext { get; set; }

    /// <summary>The next so many answers have no text.</summary>
    public int EmptyNext { get; set; }

    /// <summary>The next so many answers have no choices.</summary>
    public int NoChoicesNext { get; set; }

    /// <summary>The next so many questions are refused.</summary>
    public int RefuseNext { get; set; }

    /// <summary>The next so many answers are stopped by a content filter.</summary>
    public int FilterNext { get; set; }

    /// <summary>The next so many answers call a tool that nobody offered.</summary>
    public int ToolCallNext { get; set; }

    /// <summary>Answers do not say what they took.</summary>
    public bool NoUsage { get; init; }

    /// <summary>Texts to answer with, one for each request, before the rules are asked again.</summary>
    public string[] Replies { get; set; } = [];

    /// <summary>Answers are cut at their token limit; without this the rules just keep short.</summary>
    public bool EnforceLimit { get; init; }

    /// <summary>It does what customers ask, and tells its instructions to whoever wants them: the worst model there is.</summary>
    public bool Gullible { get; init; }

    /// <summary>True while a counted fault has something left; takes one of it.</summary>
    internal bool Take(Func<OpenAiFaults, int> read, Action<OpenAiFaults, int> write)
    {
        lock (this)
        {
            var left = read(this);
            if (left <= 0) return false;
            write(this, left - 1);
            return true;
        }
    }

    internal string? TakeReply()
    {
        lock (this)
        {
            if (Replies.Length == 0) return null;
            var next = Replies[0];
            Replies = Replies[1..];
            return next;
        }
    }
}
