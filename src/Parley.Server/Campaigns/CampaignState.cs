namespace Parley.Server.Campaigns;

/// <summary>What can be done to a campaign.</summary>
internal enum CampaignAct { Edit, Delete, Schedule, Unschedule, Start, Pause, Resume, Cancel, Complete, Retry }

/// <summary>The life of a campaign: draft → scheduled → running ⇄ paused → completed, or cancelled. Pure; who changes a row asks here, under its lock.</summary>
internal static class CampaignState
{
    public const string Draft = "draft", Scheduled = "scheduled", Running = "running", Paused = "paused", Completed = "completed", Cancelled = "cancelled";

    public static readonly IReadOnlyList<string> All = [Draft, Scheduled, Running, Paused, Completed, Cancelled];

    /// <summary>The state afterwards; null when this state does not allow it.</summary>
    public static string? After(string state, CampaignAct act) => (state, act) switch
    {
        (Draft or Scheduled, CampaignAct.Edit) => state,
        (Draft, CampaignAct.Delete) => Draft,
        (Draft or Scheduled, CampaignAct.Schedule) => Scheduled,
        (Scheduled, CampaignAct.Unschedule) => Draft,
        (Draft or Scheduled, CampaignAct.Start) => Running,
        (Running, CampaignAct.Pause) => Paused,
        (Paused, CampaignAct.Resume) => Running,
        (Scheduled or Running or Paused, CampaignAct.Cancel) => Cancelled,
        (Running, CampaignAct.Complete) => Completed,
        (Completed or Cancelled, CampaignAct.Retry) => state,
        _ => null,
    };

    /// <summary>Why not, for a person.</summary>
    public static string Refusal(string state, CampaignAct act)
    {
        var reason = state switch
        {
            Draft => "It is a draft",
            Scheduled => "It waits for its time",
            Running => "It is running",
            Paused => "It is paused",
            Completed => "It is completed",
            _ => "It was cancelled",
        };
        return act switch
        {
            CampaignAct.Edit => $"{reason}: only drafts and scheduled campaigns can be changed.",
            CampaignAct.Delete => $"{reason}: only drafts can be deleted.",
            CampaignAct.Schedule or CampaignAct.Start => $"{reason}: it cannot be started{(state == Paused ? ". Resume it instead." : " again.")}",
            CampaignAct.Unschedule => $"{reason}: only a scheduled campaign can become a draft again.",
            CampaignAct.Pause => $"{reason}: only a running campaign can be paused.",
            CampaignAct.Resume => $"{reason}: only a paused campaign can be resumed.",
            CampaignAct.Cancel => state == Draft ? "It is a draft: delete it instead." : $"{reason}: there is nothing left to cancel.",
            CampaignAct.Retry => $"{reason}: those who failed can be tried again when it is over.",
            _ => $"{reason}.",
        };
    }
}
