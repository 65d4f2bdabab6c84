using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parley.Server.Media;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Campaigns;

/// <summary>A campaign carries a file that somebody uploaded.</summary>
public sealed class CampaignFilesTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_picture_that_was_uploaded_reaches_everybody_and_the_provider_is_given_it_once()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var people = await HasWritersAsync(stage, 4);
        var file = await UploadAsync(stage, TestFiles.Png(31), "image/png", "spring.png");
        var made = await stage.Editor.PostJsonAsync("/api/campaigns", stage.Request(people[..3], more: Picture(file, "For you, {{first_name}}")), 201);
        var id = (string)made["id"]!;
        foreach (var shown in new[] { made, await stage.ShowAsync(id), (await stage.Tenant.Viewer.GetJsonAsync("/api/campaigns"))["items"]![0]! })
            Assert.Equal((file, file, "spring.png", "image", (long)TestFiles.Png(31).Length, $"/api/attachments/{file}/content"),
                ((string)shown["attachment_id"]!, (string)shown["attachment"]!["id"]!, (string)shown["attachment"]!["file_name"]!, (string)shown["attachment"]!["kind"]!, (long)shown["attachment"]!["size"]!, (string)shown["attachment"]!["url"]!));
        var preview = await stage.Tenant.Viewer.GetJsonAsync($"/api/campaigns/{id}/preview");
        Assert.Equal((3, file), ((int)preview["sendable"]!, (string)preview["sample"]![0]!["attachment"]!["id"]!));

        // A test goes out as it will.
        var test = await stage.Editor.PostJsonAsync($"/api/campaigns/{id}/test", new { to = people[3] }, 202);
        Assert.Equal(TestFiles.Png(31), await stage.Tenant.Viewer.GetByteArrayAsync((string)Assert.Single(test["attachments"]!.AsArray())!["url"]!));

        await stage.DoAsync(id, "start");
        await stage.UntilAsync(id, one => (string)one["status"]! == "completed" && (int)one["delivered_count"]! == 3, "all have it");
        var taken = await stage.LedgerAsync();
        Assert.Equal(4, taken.Length);
        Assert.Single(taken.Select(entry => (string)entry["body"]!["image"]!["id"]!).Distinct());
        Assert.All(taken, entry => Assert.Equal("For you, Person", (string)entry["body"]!["image"]!["caption"]!));
        Assert.Equal(1, Assert.Single(await stage.ListAsync<int>("select count(*)::int from provider_media where tenant_id = @tenant")));
        var files = new List<string>();
        foreach (var recipient in await stage.RecipientsAsync(id))
        {
            var message = (await stage.Tenant.Viewer.GetJsonAsync($"/api/conversations/{recipient["conversation_id"]}/messages"))["items"]!.AsArray().Single(one => (string)one!["id"]! == (string)recipient["message_id"]!)!;
            var its = Assert.Single(message["attachments"]!.AsArray())!;
            Assert.Equal(("image", "spring.png"), ((string)its["kind"]!, (string)its["file_name"]!));
            Assert.Equal(TestFiles.Png(31), await stage.Tenant.Viewer.GetByteArrayAsync((string)its["url"]!));
            files.Add((string)its["id"]!);
        }
        Assert.Equal(3, files.Append(file).Distinct().Count() - 1);
    }

    [Fact]
    public async Task A_templates_header_carries_a_file_and_who_tries_the_failed_again_has_it_too()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var people = Enumerable.Range(0, 3).Select(_ => CampaignStage.NewNumber()).ToArray();
        var file = await UploadAsync(stage, TestFiles.Png(32), "image/png", "offer.png");
        var id = await stage.HasCampaignAsync(people, more: Header(new { attachment_id = file }));
        await stage.DoAsync(id, "start");
        await stage.UntilStatusAsync(id, "completed");
        var taken = await Eventually.Async(stage.LedgerAsync, all => all.Length == 3, "all got it");
        Assert.Single(taken.Select(entry => (string)entry["body"]!["template"]!["components"]![0]!["parameters"]![0]!["image"]!["id"]!).Distinct());

        await stage.App.Get<TenantDatabase>().ExecuteAsync(stage.Tenant.Id, "update campaign_recipients set status = 'failed' where tenant_id = @tenant; update campaign_counts set failed = failed + 3 where tenant_id = @tenant and part = 'freeze'", null, default);
        var again = await stage.DoAsync(id, "retry", 201);
        var own = (string)again["attachment"]!["id"]!;
        Assert.NotEqual(file, own);
        Assert.Equal((own, "image", "offer.png"), ((string)again["template"]!["header"]!["attachment_id"]!, (string)again["attachment"]!["kind"]!, (string)again["attachment"]!["file_name"]!));
        Assert.Equal(file, (string)(await stage.ShowAsync(id))["attachment"]!["id"]!);
    }

    [Fact]
    public async Task A_file_that_cannot_go_out_is_refused_in_words()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var other = await stage.App.NewTenantAsync();
        var picture = await UploadAsync(stage, TestFiles.Png(), "image/png", "a.png");
        var video = await UploadAsync(stage, [0, 0, 0, 24, .. "ftypisom\0\0\0\0isommp42"u8], "video/mp4", "a.mp4");
        var theirs = (string)(await (await other.Editor.PostAsync("/api/attachments", new ByteArrayContent(TestFiles.Png()) { Headers = { ContentType = new("image/png") } })).JsonAsync(201))["id"]!;
        const string link = "https://files.example/a.png";
        foreach (var (field, words, more) in new (string, string, object)[]
        {
            ("attachment_id", "There is no such attachment.", Picture(theirs)),
            ("attachment_id", "There is no such attachment.", Picture(Guid.CreateVersion7().ToString())),
            ("attachment_id", "JPEG or PNG", Picture(video)),
            ("attachment_id", "not both", new { template = (object?)null, type = "image", attachment_id = picture, link }),
            ("attachment_id", "It is missing", new { template = (object?)null, type = "image" }),
            ("attachment_id", "It goes with image", new { template = (object?)null, type = "text", message = "Hello", attachment_id = picture }),
            ("template.header.attachment_id", "There is no such attachment.", Header(new { attachment_id = theirs })),
            ("template.header.attachment_id", "JPEG or PNG", Header(new { attachment_id = video })),
            ("template.header.attachment_id", "not both", Header(new { attachment_id = picture, link })),
            ("template", "takes no file", new { template = new { name = "order_ready", language = "pt_BR", variables = new[] { "a", "b" }, header = new { attachment_id = picture } } }),
        })
        {
            var problem = await stage.Editor.PostJsonAsync("/api/campaigns", stage.Request(new[] { CampaignStage.NewNumber() }, more: more), 400);
            Assert.True(problem["errors"]?[field] is JsonArray said && ((string)said[0]!).Contains(words), $"{field}, {words}: {problem.ToJsonString()}");
        }
        Assert.Equal(0, Assert.Single(await stage.ListAsync<int>("select count(*)::int from attachments where tenant_id = @tenant and campaign_id is not null")));
    }

    [Fact]
    public async Task A_campaigns_file_stays_as_long_as_the_campaign_names_it_whoever_sends_the_same_one()
    {
        await using var stage = await CampaignStage.StartAsync(fixture, alone: true);
        var person = (await HasWritersAsync(stage, 1))[0];
        var housekeeping = stage.App.Services.GetServices<IHostedService>().OfType<Housekeeping>().Single();
        var (first, second) = (await UploadAsync(stage, TestFiles.Png(33), "image/png", "first.png"), await UploadAsync(stage, TestFiles.Png(34), "image/png", "second.png"));
        var id = await stage.HasCampaignAsync(new[] { person }, more: Picture(first));
        await SweepAsync();
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (await StatusAsync(first), await StatusAsync(second)));
        Assert.Equal([Convert.ToHexStringLower(SHA256.HashData(TestFiles.Png(34)))], await stage.ListAsync<string>("select key from scheduled_jobs where tenant_id = @tenant and type = 'media.remove'"));

        // A message takes another row of the same bytes, and so does another campaign.
        var message = await stage.Editor.PostJsonAsync("/api/messages", new { integration_id = stage.Number.Id, to = person, type = "image", attachment_id = first }, 202);
        Assert.NotEqual(first, (string)message["attachments"]![0]!["id"]!);
        var twin = await stage.HasCampaignAsync(new[] { person }, more: Picture(first));
        var own = (string)(await stage.ShowAsync(twin))["attachment_id"]!;
        Assert.NotEqual(first, own);
        Assert.Equal((first, own), ((string)(await stage.ShowAsync(id))["attachment"]!["id"]!, (string)(await stage.ShowAsync(twin))["attachment"]!["id"]!));

        // Written anew with the same file it keeps it; with another one it lets go of it.
        await stage.PutAsync($"/api/campaigns/{id}", stage.Request(new[] { person }, more: Picture(first, "Look")));
        await SweepAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(first));
        var third = await UploadAsync(stage, TestFiles.Png(35), "image/png", "third.png");
        await stage.PutAsync($"/api/campaigns/{id}", stage.Request(new[] { person }, more: Picture(third)));
        await SweepAsync();
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.OK), (await StatusAsync(first), await StatusAsync(third), await StatusAsync(own)));
        await stage.PutAsync($"/api/campaigns/{twin}", stage.Request(new[] { person }));
        await (await stage.Editor.DeleteAsync($"/api/campaigns/{id}")).JsonAsync(204);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(third));
        await SweepAsync();
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (await StatusAsync(third), await StatusAsync(own)));
        Assert.Equal(TestFiles.Png(33), await stage.Tenant.Viewer.GetByteArrayAsync((string)message["attachments"]![0]!["url"]!));

        async Task SweepAsync()
        {
            await stage.App.Get<SystemDatabase>().ExecuteAsync("update attachments set created_at = created_at - interval '8 days'", null, default);
            await housekeeping.RunOnceAsync(default);
        }

        async Task<HttpStatusCode> StatusAsync(string file) => (await stage.Tenant.Viewer.GetAsync($"/api/attachments/{file}")).StatusCode;
    }

    [Fact]
    public async Task A_file_that_is_gone_stops_the_campaign_before_anybody_is_written_to_and_the_same_one_lets_it_go_on()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var file = await UploadAsync(stage, TestFiles.Png(36), "image/png", "gone.png");
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 5).Select(_ => CampaignStage.NewNumber()), more: Header(new { attachment_id = file }));
        await LoseAsync(stage, id);
        await stage.DoAsync(id, "start");
        var paused = await stage.UntilStatusAsync(id, "paused");
        Assert.Equal(("content", 0), ((string)paused["pause_cause"]!, (int)paused["total_count"]!));
        Assert.Contains("not in the storage any more", (string)paused["pause_reason"]!);

        await UploadAsync(stage, TestFiles.Png(36), "image/png", "again.png");
        await stage.DoAsync(id, "resume");
        Assert.Equal((5, 0), ((int)(await stage.UntilStatusAsync(id, "completed"))["total_count"]!, (int)(await stage.ShowAsync(id))["failed_count"]!));
    }

    [Fact]
    public async Task A_file_that_goes_while_it_is_sent_stops_the_campaign_too()
    {
        await using var stage = await CampaignStage.StartAsync(fixture);
        var file = await UploadAsync(stage, TestFiles.Png(37), "image/png", "going.png");
        var id = await stage.HasCampaignAsync(Enumerable.Range(0, 60).Select(_ => CampaignStage.NewNumber()), more: Header(new { attachment_id = file }, rate: 3));
        await stage.DoAsync(id, "start");
        await stage.UntilAsync(id, one => (int)one["sent_count"]! > 0, "the first have it");
        await LoseAsync(stage, id);
        await stage.App.Get<TenantDatabase>().ExecuteAsync(stage.Tenant.Id, "delete from provider_media where tenant_id = @tenant", null, default);
        var paused = await stage.UntilStatusAsync(id, "paused", 60);
        Assert.Equal("content", (string)paused["pause_cause"]!);
        Assert.True((int)paused["counts"]!["pending"]! > 0, "it stopped before everybody was tried");
    }

    static object Picture(string file, string? message = null) => new { template = (object?)null, type = "image", message, attachment_id = file, defaults = new { first_name = "Person" } };

    static object Header(object header, double? rate = null) => new { template = new { name = "spring_offer", language = "en_US", variables = new[] { "{{first_name}}" }, header }, rate_per_second = rate };

    static async Task<string> UploadAsync(CampaignStage stage, byte[] bytes, string mime, string name) =>
        (string)(await (await stage.Editor.PostAsync($"/api/attachments?file_name={name}", new ByteArrayContent(bytes) { Headers = { ContentType = new(mime) } })).JsonAsync(201))["id"]!;

    // They wrote just now, so they may be written to freely.
    static async Task<string[]> HasWritersAsync(CampaignStage stage, int count)
    {
        var people = Enumerable.Range(0, count).Select(_ => CampaignStage.NewNumber()).ToArray();
        foreach (var person in people) await stage.Number.SayAsync(person[1..], "good morning", "Person");
        await Eventually.Async(() => stage.Tenant.Viewer.GetJsonAsync("/api/conversations"), page => page["items"]!.AsArray().Count == count, "they wrote");
        return people;
    }

    static async Task LoseAsync(CampaignStage stage, string campaign)
    {
        var (storage, key) = (stage.App.Get<IMediaStorage>(), new MediaKey(stage.Tenant.Id, (string)(await stage.ShowAsync(campaign))["attachment"]!["sha256"]!));
        Assert.True(await storage.SetAsideAsync(key, default));
        await storage.SettleAsync(key, isWanted: false, default);
    }
}
