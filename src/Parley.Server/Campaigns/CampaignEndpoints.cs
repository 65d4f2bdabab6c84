using Microsoft.AspNetCore.Http.HttpResults;
using Parley.Server.Campaigns.Audience;
using Parley.Server.Jobs;
using Parley.Server.Messages;
using Parley.Server.Platform.Auth;
using Parley.Server.Platform.Http;

namespace Parley.Server.Campaigns;

internal static class CampaignEndpoints
{
    public static void MapCampaigns(this IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/campaigns").WithTags("Campaigns").RequireAuthorization(Policies.Viewer);
        read.MapGet("", List).WithSummary("Campaigns, the newest first.");
        read.MapGet("/{id:guid}", Show).WithSummary("A campaign, and how far it is.");
        read.MapGet("/{id:guid}/preview", Preview).WithSummary("Whom it would reach now, and whom not, with the reasons.");
        read.MapGet("/{id:guid}/rendering", Render).WithSummary("What one person would read: a contact, a number, or a recipient.");

        var write = routes.MapGroup("/api/campaigns").WithTags("Campaigns").RequireAuthorization(Policies.Editor);
        write.MapPost("", Create).WithSummary("Makes a draft.").Produces<CampaignView>(StatusCodes.Status201Created);
        write.MapPut("/{id:guid}", Update).WithSummary("Writes a draft or a scheduled one anew. With If-Match (the version you saw), 409 tells that somebody was faster.").ProducesProblem(409);
        write.MapDelete("/{id:guid}", Delete).WithSummary("Deletes a draft.").ProducesProblem(409);
        write.MapPost("/{id:guid}/test", Test).WithSummary("Sends it to one number, now.").Produces<MessageView>(StatusCodes.Status202Accepted);
        write.MapPost("/{id:guid}/schedule", Schedule).WithSummary("Starts it later; again for another time.").ProducesProblem(409);
        write.MapPost("/{id:guid}/unschedule", (Guid id, Caller caller, HttpContext http, CampaignStore store, JobNews news, CancellationToken cancellationToken) => ActAsync(caller, http, store, news, (version, stop) => store.UnscheduleAsync(caller.TenantId, id, version, stop), cancellationToken)).WithSummary("Makes it a draft again.").ProducesProblem(409);
        write.MapPost("/{id:guid}/start", Start).WithSummary("Starts it now. Its audience is settled from then on.").ProducesProblem(409);
        write.MapPost("/{id:guid}/pause", (Guid id, Caller caller, HttpContext http, CampaignStore store, JobNews news, CancellationToken cancellationToken) => ActAsync(caller, http, store, news, (version, stop) => store.PauseAsync(caller.TenantId, id, version, stop), cancellationToken)).WithSummary("Holds it: what no sender has taken yet stays.").ProducesProblem(409);
        write.MapPost("/{id:guid}/resume", (Guid id, Caller caller, HttpContext http, CampaignStore store, JobNews news, CancellationToken cancellationToken) => ActAsync(caller, http, store, news, (version, stop) => store.ResumeAsync(caller.TenantId, id, version, stop), cancellationToken)).WithSummary("Lets it go on.").ProducesProblem(409);
        write.MapPost("/{id:guid}/cancel", (Guid id, Caller caller, HttpContext http, CampaignStore store, JobNews news, CancellationToken cancellationToken) => ActAsync(caller, http, store, news, (version, stop) => store.CancelAsync(caller.TenantId, id, version, stop), cancellationToken)).WithSummary("Ends it: who has not got it gets it no more.").ProducesProblem(409);
        write.MapPost("/{id:guid}/retry", Retry).WithSummary("Makes a draft for those whom it failed to reach. Who got it, or may have got it, is not among them.").Produces<CampaignView>(StatusCodes.Status201Created).ProducesProblem(409);
    }

    static async Task<Results<Ok<Page<CampaignView>>, ValidationProblem>> List(
        Caller caller, CampaignStore store, CancellationToken cancellationToken, int? limit = null, string? cursor = null, string? status = null, string? q = null)
    {
        if (PageQuery.Read(limit, cursor, out var page) is { } wrongPage) return wrongPage;
        if (status is not null && !CampaignState.All.Contains(status)) return Problems.Invalid("status", $"It must be one of {string.Join(", ", CampaignState.All)}.");
        if (q is not null && Texts.Wrong(q, 100) is { } unfit) return Problems.Invalid("q", unfit);
        var rows = await store.ListAsync(caller.TenantId, status, string.IsNullOrWhiteSpace(q) ? null : q.Trim(), page.After, page.Size, cancellationToken);
        var counts = await store.CountAsync(caller.TenantId, [.. rows.Select(row => row.Id)], cancellationToken);
        return TypedResults.Ok(Page<CampaignView>.Of([.. rows.Select(row => CampaignView.From(row, counts.GetValueOrDefault(row.Id) ?? new()))], page.Size, campaign => new Cursor(campaign.CreatedAt, campaign.Id)));
    }

    /// <param name="recipients">False leaves out the list of numbers, for whoever looks again and again.</param>
    static async Task<Results<Ok<CampaignView>, ProblemHttpResult>> Show(Guid id, Caller caller, CampaignStore store, CancellationToken cancellationToken, bool recipients = true) =>
        await (recipients ? store.FindWholeAsync(caller.TenantId, id, cancellationToken) : store.FindAsync(caller.TenantId, id, cancellationToken)) is { } row ? TypedResults.Ok(await store.ViewAsync(caller.TenantId, row, cancellationToken)) : Problems.Missing("campaign");

    static async Task<Results<Ok<CampaignPreview>, ProblemHttpResult>> Preview(Guid id, Caller caller, CampaignStore store, PreviewReader preview, CancellationToken cancellationToken)
    {
        if (await store.FindWholeAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("campaign");
        try { return TypedResults.Ok(await preview.ReadAsync(caller.TenantId, row, cancellationToken)); }
        catch (AudienceGoneException gone) { return Problems.Conflict(gone.Message); }
    }

    static async Task<Results<Ok<CampaignSample>, ValidationProblem, ProblemHttpResult>> Render(
        Guid id, Caller caller, CampaignStore store, PreviewReader preview, CancellationToken cancellationToken, Guid? contact_id = null, string? to = null, Guid? recipient_id = null)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("campaign");
        if (new object?[] { contact_id, to, recipient_id }.Count(one => one is not null) != 1) return Problems.Invalid("to", "Give one of contact_id, to and recipient_id.");
        if (to is not null && (Texts.Wrong(to, 300) is not null || Recipients.Normalise(to) is null)) return Problems.Invalid("to", "It is no phone number with country code.");
        try { return await preview.RenderAsync(caller.TenantId, row, contact_id, to, recipient_id, cancellationToken) is { } sample ? TypedResults.Ok(sample) : Problems.Missing("person"); }
        catch (AudienceGoneException gone) { return Problems.Conflict(gone.Message); }
    }

    static async Task<IResult> Create(CampaignRequest request, Caller caller, HttpContext http, Idempotency idempotency, CampaignReader reader, CancellationToken cancellationToken)
    {
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        var (draft, wrong) = await reader.ReadAsync(caller, request, cancellationToken);
        if (draft is null) return wrong!;
        return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            if (await CampaignStore.AddAsync(change, caller.TenantId, draft, caller.Author, draft.Audience.FailedOf, cancellationToken) is not { } row) return (null, Problems.Conflict(CampaignStore.FileGone));
            return (new Answer(StatusCodes.Status201Created, idempotency.Json(CampaignView.From(row, new())), $"/api/campaigns/{row.Id}"), null);
        }, cancellationToken);
    }

    static async Task<IResult> Update(Guid id, CampaignRequest request, Caller caller, HttpContext http, CampaignStore store, CampaignReader reader, CancellationToken cancellationToken)
    {
        if (Version(http, out var version) is { } badVersion) return badVersion;
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("campaign");
        var (draft, wrong) = await reader.ReadAsync(caller, request, cancellationToken);
        return draft is null ? wrong! : await AnswerAsync(caller, store, await store.UpdateAsync(caller.TenantId, id, draft, version, cancellationToken), cancellationToken);
    }

    static async Task<IResult> Delete(Guid id, Caller caller, HttpContext http, CampaignStore store, CancellationToken cancellationToken)
    {
        if (Version(http, out var version) is { } badVersion) return badVersion;
        var (row, refusal) = await store.DeleteAsync(caller.TenantId, id, version, cancellationToken);
        return refusal is not null ? Problems.Conflict(refusal) : row is null ? Problems.Missing("campaign") : TypedResults.NoContent();
    }

    static async Task<IResult> Test(
        Guid id, CampaignTestRequest request, Caller caller, HttpContext http, Idempotency idempotency, CampaignStore store, PreviewReader preview, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("campaign");
        if (string.IsNullOrWhiteSpace(request.To)) return Problems.Invalid("to", "It is missing: where shall the test go?");
        if (Texts.Wrong(request.To, 300) is not null || Recipients.Normalise(request.To) is not { } handle) return Problems.Invalid("to", "It is no phone number with country code (such as +5511987654321).");
        if (await idempotency.FindAsync(http, caller.TenantId, request, cancellationToken) is { } before) return before;
        CampaignSample? sample;
        try { sample = await preview.RenderAsync(caller.TenantId, row, request.ContactId, request.ContactId is null ? request.To : null, null, cancellationToken); }
        catch (AudienceGoneException gone) { return Problems.Conflict(gone.Message); }
        if (sample is null) return Problems.Invalid("contact_id", "There is no such contact.");
        if (sample is { Content: null, Metadata: null, Attachment: null }) return Problems.Invalid("to", $"It cannot be written for them. {sample.Words}");
        var draft = new MessageDraft(sample.Type, sample.Content, sample.Metadata as System.Text.Json.Nodes.JsonObject, sample.Attachment?.Id, sample.Attachment?.Kind);
        return await idempotency.RunAsync(http, caller.TenantId, request, async change =>
        {
            var conversation = await Recipients.EnsureConversationAsync(change, row.IntegrationId, row.Channel, handle, cancellationToken);
            var message = await MessageStore.QueueAsync(change, caller.TenantId, conversation, caller.Author, draft, null, cancellationToken);
            change.Audit(Audit.AuditEntry.Of(caller.TenantId, "campaign.tested", "campaign", id));
            return (new Answer(StatusCodes.Status202Accepted, idempotency.Json(message!), $"/api/messages/{message!.Id}"), null);
        }, cancellationToken);
    }

    static async Task<IResult> Schedule(Guid id, CampaignScheduleRequest request, Caller caller, HttpContext http, CampaignStore store, CampaignReader reader, JobNews news, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is null) return Problems.Missing("campaign");
        var (schedule, wrong) = await reader.ReadScheduleAsync(caller.TenantId, request, cancellationToken);
        if (schedule is null) return wrong!;
        if (await NobodyAsync(id, caller, store, cancellationToken) is { } nobody) return nobody;
        var answer = await ActAsync(caller, http, store, news, (version, stop) => store.ScheduleAsync(caller.TenantId, id, schedule, version, stop), cancellationToken);
        news.PublishAt(schedule.At);
        return answer;
    }

    static async Task<IResult> Start(Guid id, Caller caller, HttpContext http, CampaignStore store, JobNews news, CancellationToken cancellationToken) =>
        await NobodyAsync(id, caller, store, cancellationToken) ?? await ActAsync(caller, http, store, news, (version, stop) => store.StartAsync(caller.TenantId, id, version, stop), cancellationToken);

    // What cannot reach anybody is a mistake.
    static async Task<IResult?> NobodyAsync(Guid id, Caller caller, CampaignStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(caller.TenantId, id, cancellationToken) is { Status: CampaignState.Draft or CampaignState.Scheduled, RecipientsCount: 0, Audience.IsEmpty: true }
            ? Problems.Conflict("It has no audience yet: choose contacts, or give numbers.")
            : null;

    static async Task<IResult> Retry(Guid id, Caller caller, HttpContext http, Idempotency idempotency, CampaignStore store, CancellationToken cancellationToken)
    {
        if (await idempotency.FindAsync(http, caller.TenantId, new { }, cancellationToken) is { } before) return before;
        if (await store.FindAsync(caller.TenantId, id, cancellationToken) is not { } row) return Problems.Missing("campaign");
        if (CampaignState.After(row.Status, CampaignAct.Retry) is null) return Problems.Conflict(CampaignState.Refusal(row.Status, CampaignAct.Retry));
        if ((await store.CountAsync(caller.TenantId, [id], cancellationToken)).GetValueOrDefault(id) is not { Failed: > 0 }) return Problems.Conflict("Nobody failed: there is nothing to try again.");
        var name = row.Name.Length > 90 ? row.Name[..90] : row.Name;
        var draft = new CampaignDraft($"{name} (again)", row.Description, row.Message, [], row.IntegrationId, row.Channel, row.Content, new(FailedOf: id), row.Hours, row.RatePerSecond, row.Concurrency, row.BrakePercent, row.BrakeSample);
        return await idempotency.RunAsync(http, caller.TenantId, new { }, async change =>
        {
            if (await CampaignStore.AddAsync(change, caller.TenantId, draft, caller.Author, id, cancellationToken) is not { } again) return (null, Problems.Conflict(CampaignStore.FileGone));
            return (new Answer(StatusCodes.Status201Created, idempotency.Json(CampaignView.From(again, new())), $"/api/campaigns/{again.Id}"), null);
        }, cancellationToken);
    }

    static async Task<IResult> ActAsync(Caller caller, HttpContext http, CampaignStore store, JobNews news, Func<int?, CancellationToken, Task<CampaignChange>> act, CancellationToken cancellationToken)
    {
        if (Version(http, out var version) is { } badVersion) return badVersion;
        var done = await act(version, cancellationToken);
        news.Publish();
        return await AnswerAsync(caller, store, done, cancellationToken);
    }

    static async Task<IResult> AnswerAsync(Caller caller, CampaignStore store, CampaignChange done, CancellationToken cancellationToken) =>
        done.Refusal is { } refusal ? Problems.Conflict(refusal) : done.Row is { } row ? TypedResults.Ok(await store.ViewAsync(caller.TenantId, row, cancellationToken)) : Problems.Missing("campaign");

    static ValidationProblem? Version(HttpContext http, out int? version)
    {
        version = null;
        var match = http.Request.Headers.IfMatch.ToString();
        if (match.Length == 0) return null;
        if (!int.TryParse(match.Trim('"'), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seen)) return Problems.Invalid("If-Match", "It must be the version of the campaign that you saw.");
        version = seen;
        return null;
    }
}
