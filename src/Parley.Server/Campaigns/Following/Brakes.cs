using Parley.Channels.Contract;
using Parley.Server.Platform.Database;

namespace Parley.Server.Campaigns.Following;

/// <summary>Stops campaigns that go wrong: too many failures, a provider that warns of quality, an account that does not work, a template that was taken away. People are told, and decide.</summary>
internal static class Brakes
{
    // What Meta answers where many people block or report what is sent (131048: the limit for that, 368 and 131031: a policy was broken, the account is locked).
    static readonly string[] QualityCodes = ["131048", "131031", "368"];

    /// <summary>Bytes are found by what they are: the same file, uploaded again, is the one that is missing.</summary>
    public const string FileGone = "Its file is not in the storage any more. Upload the same file again (in any message; it need not be sent), and resume it.";

    /// <summary>After failures: outcomes since its last start count.</summary>
    /// <param name="after">Where the page of the feed begins that is followed just now: what the provider says of earlier messages was looked at then.</param>
    /// <param name="last">Where it ends.</param>
    public static async Task CheckAsync(Change change, Guid tenant, Guid campaign, long after, long last, CancellationToken cancellationToken)
    {
        var stand = await change.FindAsync<StandRow>("""
            select c.brake_percent, c.brake_sample, n.ended - c.brake_ended as ended, n.failed - c.brake_failed as failed, l.is_warned, l.is_missing
            from campaigns c
            cross join lateral (
                -- by our clock: a provider tells whole seconds of its own
                select coalesce(bool_or(m.error_code = any (@QualityCodes)), false) as is_warned, coalesce(bool_or(m.failure_code = @missing), false) as is_missing
                from events e
                join messages m on m.tenant_id = @tenant and m.id = e.message_id
                where e.tenant_id = @tenant and e.seq > @after and e.seq <= @last and e.type = 'message.updated' and e.created_at >= c.brake_since and m.author = @author and m.status = 'failed'
            ) l
            cross join lateral (
                select coalesce(sum(sent + delivered + read + failed), 0)::int as ended, coalesce(sum(failed), 0)::int as failed from campaign_counts where tenant_id = @tenant and campaign_id = @campaign
            ) n
            where c.tenant_id = @tenant and c.id = @campaign and c.status = 'running'
            """, new { campaign, after, last, author = $"campaign:{campaign}", QualityCodes, missing = SendFailure.FileMissing.Code }, cancellationToken);
        if (stand is null) return;
        if (stand.IsWarned)
            await CampaignStore.StopAsync(change, tenant, campaign, "quality", "The provider limits this account because people block or report its messages. Wait, and look at what you send and to whom.", cancellationToken);
        else if (stand.IsMissing) await CampaignStore.StopAsync(change, tenant, campaign, "content", FileGone, cancellationToken);
        else if (stand.Ended >= stand.BrakeSample && stand.Failed * 100L >= (long)stand.BrakePercent * stand.Ended)
            await CampaignStore.StopAsync(change, tenant, campaign, "failures", $"{stand.Failed} of {stand.Ended} messages failed. Look at the reasons before you resume it.", cancellationToken);
    }

    /// <summary>After something changed about accounts, or templates of theirs.</summary>
    public static async Task CheckAccountsAsync(Change change, Guid tenant, Guid[] accounts, CancellationToken cancellationToken)
    {
        var broken = await change.ListAsync<BrokenRow>("""
            select c.id, i.health = 'failing' or i.status = 'disabled' as is_account, coalesce(i.health_message, '') as words, case when i.quality_warned_at >= c.brake_since then i.quality_warning end as warning, t.name as template, t.status as template_status
            from campaigns c
            join integrations i on i.tenant_id = c.tenant_id and i.id = c.integration_id
            left join templates t on t.tenant_id = c.tenant_id and t.integration_id = c.integration_id and t.name = c.content #>> '{template,name}' and t.status <> 'approved'
                and t.language = replace(coalesce(c.content #>> '{template,language,code}', c.content #>> '{template,language}'), '-', '_')
            where c.tenant_id = @tenant and c.integration_id = any (@accounts) and c.status = 'running' and (i.health = 'failing' or i.status = 'disabled' or i.quality_warned_at >= c.brake_since or t.id is not null)
            order by c.id
            """, new { accounts }, cancellationToken);
        foreach (var row in broken)
            await (row switch
            {
                { IsAccount: true } => CampaignStore.StopAsync(change, tenant, row.Id, "quality", Words(row.Words), cancellationToken),
                { Warning: { } warning } => CampaignStore.StopAsync(change, tenant, row.Id, "quality", $"{warning} Look at what you send and to whom before you resume it.", cancellationToken),
                _ => CampaignStore.StopAsync(change, tenant, row.Id, "content", $"The template {row.Template} is {row.TemplateStatus} and cannot be sent.", cancellationToken),
            });
    }

    /// <summary>Why nothing can leave, so that nothing is queued only to fail: who started or resumed it may not know. Null when all is well; an account that is paused only holds what is queued.</summary>
    public static async Task<string?> FindTroubleAsync(TenantDatabase database, Guid tenant, Guid account, CancellationToken cancellationToken)
    {
        var stand = await database.FindAsync<AccountRow>(tenant, """
            select t.status <> 'active' as is_tenant, i.health = 'failing' or i.status = 'disabled' as is_account, coalesce(i.health_message, '') as words
            from integrations i
            join tenants t on t.id = i.tenant_id
            where i.tenant_id = @tenant and i.id = @account
            """, new { account }, cancellationToken);
        return stand switch { { IsTenant: true } => SendFailure.TenantInactive.Words, { IsAccount: true } => Words(stand.Words), _ => null };
    }

    static string Words(string words) => $"The account does not work: {(words.Length > 0 ? words : "it is switched off.")}";

    sealed class AccountRow
    {
        public bool IsTenant { get; init; }
        public bool IsAccount { get; init; }
        public string Words { get; init; } = "";
    }

    sealed class StandRow
    {
        public int BrakePercent { get; init; }
        public int BrakeSample { get; init; }
        public int Ended { get; init; }
        public int Failed { get; init; }
        public bool IsWarned { get; init; }
        public bool IsMissing { get; init; }
    }

    sealed class BrokenRow
    {
        public Guid Id { get; init; }
        public bool IsAccount { get; init; }
        public string Words { get; init; } = "";
        public string? Warning { get; init; }
        public string? Template { get; init; }
        public string? TemplateStatus { get; init; }
    }
}
