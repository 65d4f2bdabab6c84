using System.Text.Json.Nodes;
using Npgsql;
using Parley.Server.Cli;
using Parley.Server.Cli.Psql;
using Parley.Server.Demo;
using Parley.Server.Platform.Configuration;
using Parley.Server.Platform.Secrets;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Cli;

public sealed class CliTests(ParleyFixture fixture)
{
    [Fact]
    public async Task The_prompt_only_reads_unless_it_is_asked_to_write()
    {
        var (failed, output, errors) = await PsqlAsync("delete from tenants;");
        Assert.True(failed);
        Assert.Contains("--write", errors);
        (failed, output, _) = await PsqlAsync("create temporary table t (a int); insert into t values (1);", write: true);
        Assert.False(failed);
    }

    [Fact]
    public async Task The_prompt_sees_all_tenants_or_one()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await fixture.App.NewTenantAsync();
        Assert.Contains("(1 row)", (await PsqlAsync("select id from tenants;", tenant: tenant.Id)).Output);
        Assert.DoesNotContain("(1 row)", (await PsqlAsync("select id from tenants;")).Output);
    }

    [Fact]
    public async Task A_command_may_follow_a_statement_on_its_line()
    {
        var (failed, output, _) = await PsqlAsync("select 42 as answer; \\d contacts");
        Assert.False(failed);
        Assert.Contains("answer", output);
        Assert.Contains("contacts_pkey", output);
    }

    [Theory]
    [InlineData("select 42 as answer -- the last word", true)]
    [InlineData("select 'never ends", false)]
    public async Task The_last_statement_needs_no_semicolon_and_one_that_is_not_whole_is_said_so(string sql, bool isWhole)
    {
        await using var connection = new NpgsqlConnection(fixture.App.ConnectionString);
        await connection.OpenAsync();
        var (output, errors) = (new StringWriter(), new StringWriter());
        Assert.Equal(isWhole, await new PsqlSession(connection, null, false, 100, output, errors).TakeAllAsync(sql, default));
        Assert.Contains(isWhole ? "answer" : "not whole", output.ToString() + errors);
    }

    [Fact]
    public async Task The_prompt_analyzes_tables_and_vacuums_them_only_where_it_may_change_data()
    {
        Assert.Equal((false, ""), await PsqlAsync("-- all of them\nANALYZE contacts; select 1;") is var (failed, _, errors) ? (failed, errors) : default);
        Assert.True((await PsqlAsync("VACUUM ANALYZE contacts;")).Failed);
        Assert.False((await PsqlAsync("VACUUM ANALYZE contacts;", write: true)).Failed);
        Assert.Contains("platform", (await PsqlAsync("set search_path = platform, public; show search_path;")).Output);
    }

    [Fact]
    public async Task A_mistake_is_shown_where_it_is_and_the_rest_is_not_run()
    {
        var (failed, output, errors) = await PsqlAsync("select nothing_here\nfrom tenants; select 'after';");
        Assert.True(failed);
        Assert.Contains("42703", errors);
        Assert.Contains("select nothing_here\n       ^", errors);
        Assert.DoesNotContain("after", output);
    }

    [Theory]
    [InlineData("select 1; select 2;", 2, "")]
    [InlineData("select ';'; select", 1, " select")]
    [InlineData("select 'it''s; fine';", 1, "")]
    [InlineData("do $x$ begin; end $x$;", 1, "")]
    [InlineData("select 1 -- a; b\n;", 1, "")]
    [InlineData("select /* ; */ \"a;b\";", 1, "")]
    [InlineData("select /* a /* ; */ b ; */ 1;", 1, "")]
    [InlineData("select E'it\\'s; fine'; select 2;", 2, "")]
    [InlineData("select 'open;", 0, "select 'open;")]
    [InlineData(";;", 0, "")]
    public void Statements_end_at_their_own_semicolons(string text, int count, string left)
    {
        var (statements, rest) = SqlText.Split(text);
        Assert.Equal((count, left), (statements.Count, rest));
    }

    [Fact]
    public async Task Control_characters_cannot_play_with_the_terminal_and_wide_letters_stay_aligned()
    {
        var output = (await PsqlAsync(@"select e'\x1b[31mred' as a, '日本' as b, 'x' as c union all select 'y', 'ab', 'z' order by 1;")).Output;
        Assert.Contains(@"\x1b[31mred", output);
        Assert.DoesNotContain('\u001b', output);
        Assert.Contains("日本 | x", output);
    }

    [Fact]
    public async Task The_doctor_finds_nothing_wrong_with_a_sound_installation_and_changes_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("parley-doctor").FullName;
        var findings = await DoctorAsync(new(Database(fixture.App.ConnectionString)) { ["PARLEY_DATA"] = folder, ["PARLEY_MASTER_KEY"] = Convert.ToBase64String(TestApp.Key), ["PARLEY_URLS"] = fixture.App.Address.ToString() });
        Assert.All(findings, finding => Assert.True(finding.State != "wrong", $"{finding.About}: {finding.Words}"));
        Assert.Contains(findings, finding => finding is { About: "address", State: "ok" } && finding.Words.Contains("is ready"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
        Directory.Delete(folder);
    }

    [Fact]
    public async Task The_doctor_names_a_wrong_key_and_a_database_that_is_away()
    {
        await fixture.App.NewTenantAsync().ContinueWith(tenant => tenant.Result.HasWhatsAppAsync()).Unwrap();   // so that there is a key ring
        var wrong = await DoctorAsync(new(Database(fixture.App.ConnectionString)) { ["PARLEY_MASTER_KEY"] = Convert.ToBase64String(MasterKey.NewKey()) });
        Assert.Contains(wrong, finding => finding is { About: "keys", State: "wrong" });

        var away = await DoctorAsync(new() { ["DATABASE_URL"] = "postgresql://nobody:secret-word@127.0.0.1:1/nothing" });
        var words = Assert.Single(away, finding => finding is { About: "database", State: "wrong" }).Words;
        Assert.Contains("DATABASE_URL", words);
        Assert.DoesNotContain("secret-word", words);
    }

    [Fact]
    public async Task The_doctor_makes_no_database_where_there_is_none()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"parley-none-{Guid.CreateVersion7():N}");
        var findings = await DoctorAsync(new() { ["PARLEY_DATA"] = folder });
        Assert.Contains(findings, finding => finding.About == "database" && finding.Words.Contains("./parley up"));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Sample_conversations_are_whole_and_their_files_can_be_had()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var tenant = await app.NewTenantAsync();
        var (conversations, messages) = await new DemoSeed(app.Get<Integrations.IntegrationStore>(), app.Get<Server.Media.IMediaStorage>(), app.Get<Server.Media.Incoming>(), app.Get<Platform.Database.TenantDatabase>(), TimeProvider.System)
            .WriteAsync(tenant.Id, new Uri(app.Emulator.BaseAddress!, "/meta").ToString(), default);
        Assert.InRange(conversations, 40, 60);
        Assert.InRange(messages, 300, 1000);
        var list = (await tenant.Viewer.GetJsonAsync("/api/conversations?limit=200"))["items"]!.AsArray();
        Assert.Equal(conversations, list.Count);
        Assert.Contains(list, one => (int)one!["unread_count"]! > 0);
        var files = new List<JsonNode>();
        foreach (var one in list)
            files.AddRange((await tenant.Viewer.GetJsonAsync($"/api/conversations/{one!["id"]}/messages?limit=200"))["items"]!.AsArray().SelectMany(message => message!["attachments"]?.AsArray() ?? []).OfType<JsonNode>());
        Assert.True(files.Count > 5);
        foreach (var file in files.DistinctBy(file => (string)file["kind"]!)) Assert.Equal((long)file["size"]!, (await tenant.Viewer.GetByteArrayAsync((string)file["url"]!)).Length);
    }

    [Fact]
    public void The_demo_listens_on_this_machine_only()
    {
        var open = ParleySettings.Load(new Dictionary<string, string?> { ["PARLEY_URLS"] = "http://0.0.0.0:8000" }, "/tmp", new Dictionary<string, string>());
        Assert.Throws<CommandException>(() => DemoMode.Check(open));
        DemoMode.Check(ParleySettings.Load(new Dictionary<string, string?>(), "/tmp", new Dictionary<string, string>()));
    }

    async Task<(bool Failed, string Output, string Errors)> PsqlAsync(string sql, bool write = false, Guid? tenant = null)
    {
        await using var connection = new NpgsqlConnection(fixture.App.ConnectionString);
        await connection.OpenAsync();
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var (_, failed) = await new PsqlSession(connection, tenant, write, 1000, output, errors).TakeAsync(sql, default);
        return (failed, output.ToString(), errors.ToString());
    }

    static async Task<List<DoctorCommand.Finding>> DoctorAsync(Dictionary<string, string?> given)
    {
        given.TryAdd("PARLEY_URLS", "http://127.0.0.1:1");
        var settings = ParleySettings.Load(given, "/tmp", new Dictionary<string, string>());
        var findings = new List<DoctorCommand.Finding>();
        await foreach (var finding in DoctorCommand.LookAsync(settings, offline: true, default)) findings.Add(finding);
        return findings;
    }

    /// <summary>The database of a connection string, as settings.</summary>
    static Dictionary<string, string?> Database(string connectionString)
    {
        var to = new NpgsqlConnectionStringBuilder(connectionString);
        return new() { ["DB_HOST"] = to.Host, ["DB_PORT"] = $"{to.Port}", ["DB_USERNAME"] = to.Username, ["DB_PASSWORD"] = to.Password, ["DB_NAME"] = to.Database };
    }
}
