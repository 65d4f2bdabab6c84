using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Assignments;

public sealed class AssignmentTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_contact_is_given_to_a_person_and_its_conversation_shows_it_everywhere()
    {
        var (tenant, number) = await ConnectedAsync();
        var conversation = await SaysAsync(tenant, number, "+5511987650101");
        var ana = await UserAsync(tenant, "Ana");
        Assert.Null((string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{conversation["contact_id"]}/assignment"))["user_id"]);

        var given = await AssignAsync(tenant, conversation, new { user_id = ana });
        Assert.Equal((ana.ToString(), "Ana"), ((string)given["user_id"]!, (string)given["user_name"]!));
        Assert.Equal(ana.ToString(), (string?)(await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation["id"]}"))["assigned_user_id"]);
        Assert.Equal([(string)conversation["id"]!], await ListAsync(tenant, $"assigned={ana}"));
        Assert.Empty(await ListAsync(tenant, "assigned=none"));

        (await tenant.Editor.DeleteAsync($"/api/contacts/{conversation["contact_id"]}/assignment")).EnsureSuccessStatusCode();
        Assert.Empty(await ListAsync(tenant, $"assigned={ana}"));
        Assert.Equal([(string)conversation["id"]!], await ListAsync(tenant, "assigned=none"));
    }

    [Fact]
    public async Task Of_two_who_take_a_contact_at_once_one_wins_and_the_other_hears_who()
    {
        var (tenant, number) = await ConnectedAsync();
        var conversation = await SaysAsync(tenant, number, "+5511987650102");
        var people = new List<Guid>();
        for (var i = 0; i < 6; i++) people.Add(await UserAsync(tenant, $"Person {i}"));
        var answers = await Task.WhenAll(people.Select(person => PutAsync(tenant, conversation, new { user_id = person }, "none")));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        var winner = (await tenant.Viewer.GetJsonAsync($"/api/contacts/{conversation["contact_id"]}/assignment"))["user_id"]!.ToString();
        foreach (var answer in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
        {
            var problem = await answer.JsonAsync(409);
            Assert.Equal(winner, problem["assignment"]!["user_id"]!.ToString());
            Assert.Contains((string)problem["assignment"]!["user_name"]!, (string)problem["detail"]!);
        }

        // From there on it is the version that counts: again one of two.
        var seen = (string)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{conversation["contact_id"]}/assignment"))["version"]!;
        var others = people.Where(person => person.ToString() != winner).Take(2);
        var next = await Task.WhenAll(others.Select(person => PutAsync(tenant, conversation, new { user_id = person }, seen)));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], next.Select(answer => answer.StatusCode).Order());
    }

    [Fact]
    public async Task Who_cannot_work_is_given_nobody_and_what_is_not_here_is_not_found()
    {
        var (tenant, number) = await ConnectedAsync();
        var (other, _) = await ConnectedAsync();
        var conversation = await SaysAsync(tenant, number, "+5511987650103");
        var reader = await UserAsync(tenant, "Reader", "viewer");
        var gone = await UserAsync(tenant, "Gone");
        await (await tenant.Admin.PatchAsJsonAsync($"/api/users/{gone}", new { is_active = false })).JsonAsync();
        var path = $"/api/contacts/{conversation["contact_id"]}/assignment";
        foreach (var person in new[] { reader, gone }) await (await tenant.Editor.PutAsJsonAsync(path, new { user_id = person })).JsonAsync(400);
        await (await tenant.Editor.PutAsJsonAsync(path, new { })).JsonAsync(400);
        await (await tenant.Editor.PutAsJsonAsync(path, new { user_id = await UserAsync(other, "Stranger") })).JsonAsync(404);
        await (await tenant.Editor.PutAsJsonAsync(path, new { team_id = Guid.CreateVersion7() })).JsonAsync(404);
        await (await other.Editor.PutAsJsonAsync(path, new { user_id = reader })).JsonAsync(404);
        await (await tenant.Viewer.PutAsJsonAsync(path, new { user_id = gone })).JsonAsync(403);
        await tenant.Admin.GetJsonAsync("/api/conversations?assigned=me", 400);
    }

    [Theory]
    [InlineData("round_robin")]
    [InlineData("least_busy")]
    public async Task New_conversations_are_shared_out_evenly_however_many_come_at_once(string strategy)
    {
        var (tenant, number) = await ConnectedAsync();
        var people = new List<Guid> { await UserAsync(tenant, "Ana"), await UserAsync(tenant, "Ben"), await UserAsync(tenant, "Cleo") };
        var reader = await UserAsync(tenant, "Reader", "viewer");
        await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales", strategy, member_ids = people.Append(reader), integration_ids = new[] { number.Id } }, 201);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => number.SayAsync($"+55119876502{i:00}", "hello")));
        var shared = await Eventually.Async(() => CountAsync(tenant, people), counts => counts.Sum() == 12, "all are shared out", 30);
        Assert.Equal([4, 4, 4], shared);
        Assert.Empty(await ListAsync(tenant, $"assigned={reader}"));
        Assert.Equal([4, 4, 4], (await tenant.Viewer.GetJsonAsync("/api/members"))["items"]!.AsArray().Where(member => people.Contains((Guid)member!["id"]!)).Select(member => (int)member!["open_conversations"]!));
    }

    [Fact]
    public async Task A_second_conversation_of_a_contact_belongs_to_whoever_has_the_contact()
    {
        var (tenant, number) = await ConnectedAsync();
        var second = await tenant.HasWhatsAppAsync();
        var conversation = await SaysAsync(tenant, number, "+5511987650105");
        var ana = await UserAsync(tenant, "Ana");
        await AssignAsync(tenant, conversation, new { user_id = ana });
        await second.SayAsync("+5511987650105", "here too");
        await Eventually.Async(() => ListAsync(tenant, $"assigned={ana}"), ids => ids.Count == 2, "the second one is hers too");
    }

    [Fact]
    public async Task Whoever_is_switched_off_takes_care_of_nobody_and_their_team_finds_somebody_else()
    {
        var (tenant, number) = await ConnectedAsync();
        var (ana, ben) = (await UserAsync(tenant, "Ana"), await UserAsync(tenant, "Ben"));
        var team = (Guid)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales", strategy = "round_robin", member_ids = new[] { ana, ben } }, 201))["id"]!;
        var inTeam = await SaysAsync(tenant, number, "+5511987650106");
        var alone = await SaysAsync(tenant, number, "+5511987650107");
        await AssignAsync(tenant, inTeam, new { user_id = ana, team_id = team });
        await AssignAsync(tenant, alone, new { user_id = ana });
        await (await tenant.Admin.PatchAsJsonAsync($"/api/users/{ana}", new { is_active = false })).JsonAsync();
        await Eventually.Async(() => ListAsync(tenant, $"assigned={ana}"), ids => ids.Count == 0, "she has nobody any more");
        await Eventually.Async(() => ListAsync(tenant, $"assigned={ben}"), ids => ids.Count == 1, "he has hers");
        Assert.Equal([(string)alone["id"]!], await ListAsync(tenant, "assigned=none"));
        Assert.Equal("system", (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{inTeam["contact_id"]}/assignment"))["assigned_by"]);
        // Whom she had can be read in the log, and everybody who listens was told of each.
        foreach (var had in new[] { inTeam, alone })
        {
            var lines = (await tenant.Admin.GetJsonAsync($"/api/audit?resource=assignment&resource_id={had["contact_id"]}"))["items"]!.AsArray();
            Assert.Single(lines, line => (string?)line!["before"]?["user_id"] == ana.ToString() && line["after"]!["user_id"] is null);
        }
        Assert.Equal(2, await tenant.App.Get<Parley.Server.Platform.Database.TenantDatabase>().FindAsync<int>(tenant.Id,
            "select count(*)::int from (select 1 from events where tenant_id = @tenant and type = 'assignment.updated' group by contact_id having count(*) >= 2) told", null, default));
    }

    [Fact]
    public async Task Whoever_had_hundreds_has_none_of_them_when_they_are_switched_off()
    {
        var (tenant, _) = await ConnectedAsync();
        var ana = await UserAsync(tenant, "Ana");
        await tenant.App.Get<Parley.Server.Platform.Database.TenantDatabase>().ExecuteAsync(tenant.Id, """
            with k as (insert into contacts (tenant_id, id, name, created_at, updated_at) select @tenant, gen_random_uuid(), 'x', now(), now() from generate_series(1, 1200) returning id)
            insert into assignments (tenant_id, id, contact_id, user_id, assigned_by, version, created_at, updated_at) select @tenant, gen_random_uuid(), id, @ana, 'system', gen_random_uuid(), now(), now() from k
            """, new { ana }, default);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/users/{ana}", new { role = "viewer" })).JsonAsync();
        await Eventually.Async(() => tenant.App.Get<Parley.Server.Platform.Database.TenantDatabase>().FindAsync<int>(tenant.Id, "select count(*)::int from assignments where tenant_id = @tenant", null, default), left => left == 0, "nobody is hers", 30);
        Assert.Equal(1200, await tenant.App.Get<Parley.Server.Platform.Database.TenantDatabase>().FindAsync<int>(tenant.Id,
            "select count(distinct resource_id)::int from audit_logs where tenant_id = @tenant and action = 'assignment.changed' and before ->> 'user_id' = @ana", new { ana = ana.ToString() }, default));
    }

    [Fact]
    public async Task A_team_that_goes_leaves_its_people_what_they_have()
    {
        var (tenant, number) = await ConnectedAsync();
        var ana = await UserAsync(tenant, "Ana");
        var team = (Guid)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales", member_ids = new[] { ana } }, 201))["id"]!;
        var (hers, theirs) = (await SaysAsync(tenant, number, "+5511987650108"), await SaysAsync(tenant, number, "+5511987650109"));
        await AssignAsync(tenant, hers, new { user_id = ana, team_id = team });
        await AssignAsync(tenant, theirs, new { team_id = team });
        Assert.Equal(2, (await ListAsync(tenant, $"team_id={team}")).Count);
        await (await tenant.Editor.DeleteAsync($"/api/teams/{team}")).JsonAsync(403);
        (await tenant.Admin.DeleteAsync($"/api/teams/{team}")).EnsureSuccessStatusCode();
        await Eventually.Async(() => ListAsync(tenant, $"team_id={team}"), ids => ids.Count == 0, "the team has nobody");
        Assert.Equal([(string)hers["id"]!], await ListAsync(tenant, $"assigned={ana}"));
        Assert.Equal([(string)theirs["id"]!], await ListAsync(tenant, "assigned=none"));
    }

    [Fact]
    public async Task A_team_with_very_many_goes_piece_by_piece_and_is_gone_for_everybody_at_once()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Parley.Server.Hosting.Role.Web);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        var ana = await UserAsync(tenant, "Ana");
        var team = (Guid)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales", strategy = "round_robin", member_ids = new[] { ana }, integration_ids = new[] { number.Id } }, 201))["id"]!;
        var database = app.Get<Parley.Server.Platform.Database.TenantDatabase>();
        await database.ExecuteAsync(tenant.Id, """
            with k as (insert into contacts (tenant_id, id, name, created_at, updated_at) select @tenant, gen_random_uuid(), 'x', now(), now() from generate_series(1, 1200) returning id)
            insert into assignments (tenant_id, id, contact_id, user_id, team_id, assigned_by, version, created_at, updated_at)
            select @tenant, gen_random_uuid(), id, case when row_number() over () <= 200 then @ana end, @team, 'system', gen_random_uuid(), now(), now() from k
            """, new { ana, team }, default);
        (await tenant.Admin.DeleteAsync($"/api/teams/{team}")).EnsureSuccessStatusCode();

        // One piece is given back; the rest waits for the job, and nothing shows it or takes more.
        Assert.Equal(700, await CountAsync());
        Assert.Empty((await tenant.Viewer.GetJsonAsync("/api/teams"))["items"]!.AsArray());
        await (await tenant.Viewer.GetAsync($"/api/teams/{team}")).JsonAsync(404);
        await (await tenant.Admin.DeleteAsync($"/api/teams/{team}")).JsonAsync(404);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/teams/{team}", new { name = "Back" })).JsonAsync(404);
        var contact = (Guid)(await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "New" }, 201))["id"]!;
        await (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{contact}/assignment", new { team_id = team })).JsonAsync(404);
        var said = await SaysAsync(tenant, number, "+5511987650120");
        await tenant.Editor.PostJsonAsync("/api/conversations/bulk", new { change = "assign", ids = new[] { said["id"] }, team_id = team }, 404);
        await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales" }, 201);

        await using var worker = await TestApp.StartAsync(app.ConnectionString, Parley.Server.Hosting.Role.Worker);
        await Eventually.Async(() => database.FindAsync<int>(tenant.Id, "select count(*)::int from teams where tenant_id = @tenant", null, default), left => left == 1, "its row is gone", 30);
        Assert.Equal(0, await CountAsync());
        Assert.Equal(200, await database.FindAsync<int>(tenant.Id, "select count(*)::int from assignments where tenant_id = @tenant and user_id = @ana", new { ana }, default));
        Assert.Empty(await ListAsync(tenant, $"team_id={team}"));

        Task<int> CountAsync() => database.FindAsync<int>(tenant.Id, "select count(*)::int from assignments where tenant_id = @tenant and team_id = @team", new { team }, default);
    }

    [Fact]
    public async Task Teams_have_names_of_their_own_and_members_of_this_tenant()
    {
        var (tenant, _) = await ConnectedAsync();
        var (other, foreign) = await ConnectedAsync();
        var made = await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales" }, 201, "key-1");
        Assert.Equal((string)made["id"]!, (string)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales" }, 201, "key-1"))["id"]!);
        await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales" }, 409);
        await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Other", member_ids = new[] { await UserAsync(other, "Stranger") } }, 400);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/teams/{made["id"]}", new { name = "Renamed", integration_ids = new[] { foreign.Id } })).JsonAsync(400);
        await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Other", strategy = "loudest" }, 400);
        var teams = (await tenant.Viewer.GetJsonAsync("/api/teams"))["items"]!.AsArray();
        Assert.Equal("Sales", (string?)Assert.Single(teams)!["name"]);   // what was refused changed nothing
    }

    [Fact]
    public async Task Counts_tell_what_is_mine_and_what_is_nobodys()
    {
        var (tenant, number) = await ConnectedAsync();
        await SaysAsync(tenant, number, "+5511987650110");
        Assert.Equal((0, 1), await NumbersAsync());

        async Task<(int, int)> NumbersAsync()
        {
            var counts = await tenant.Viewer.GetJsonAsync("/api/conversations/counts");
            return ((int)counts["mine"]!, (int)counts["unassigned"]!);
        }
    }

    [Fact]
    public async Task Many_that_assign_and_write_at_once_end_with_one_truth()
    {
        var (tenant, number) = await ConnectedAsync();
        var people = new List<Guid> { await UserAsync(tenant, "Ana"), await UserAsync(tenant, "Ben") };
        var conversation = await SaysAsync(tenant, number, "+5511987650111");
        var second = await tenant.HasWhatsAppAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 5 == 4 ? second.SayAsync("+5511987650111", "and here") : (Task)PutAsync(tenant, conversation, new { user_id = people[i % 2] }, null)));
        var holder = (string)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{conversation["contact_id"]}/assignment"))["user_id"]!;
        await Eventually.Async(() => ListAsync(tenant, $"assigned={holder}"), ids => ids.Count == 2, "both conversations show the one who has the contact");
    }

    async Task<(TestTenant Tenant, TestNumber Number)> ConnectedAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        return (tenant, await tenant.HasWhatsAppAsync());
    }

    static async Task<JsonNode> SaysAsync(TestTenant tenant, TestNumber number, string from)
    {
        await number.SayAsync(from, $"hello from {from}");
        return (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]!.AsArray().Single(one => (string?)one!["handle"] == from)!;
    }

    static async Task<Guid> UserAsync(TestTenant tenant, string name, string role = "editor") =>
        (Guid)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name, role }, 201))["id"]!;

    static async Task<JsonNode> AssignAsync(TestTenant tenant, JsonNode conversation, object whom) => await (await PutAsync(tenant, conversation, whom, null)).JsonAsync();

    static async Task<HttpResponseMessage> PutAsync(TestTenant tenant, JsonNode conversation, object whom, string? seen)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/contacts/{conversation["contact_id"]}/assignment") { Content = JsonContent.Create(whom) };
        if (seen == "none") request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        else if (seen is not null) request.Headers.IfMatch.Add(new($"\"{seen}\""));
        return await tenant.Editor.SendAsync(request);
    }

    static async Task<IReadOnlyList<string>> ListAsync(TestTenant tenant, string filter) =>
        [.. (await tenant.Viewer.GetJsonAsync($"/api/conversations?{filter}"))["items"]!.AsArray().Select(one => (string)one!["id"]!)];

    static async Task<IReadOnlyList<int>> CountAsync(TestTenant tenant, IEnumerable<Guid> people)
    {
        var counts = new List<int>();
        foreach (var person in people) counts.Add((await ListAsync(tenant, $"assigned={person}")).Count);
        return counts;
    }
}
