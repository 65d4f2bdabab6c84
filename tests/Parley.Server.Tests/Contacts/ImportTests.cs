using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Contacts.Import;
using Parley.Server.Jobs;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Contacts;

public sealed class ImportTests(ParleyFixture fixture)
{
    [Theory]
    [InlineData("name;city\nAna;S\u00e3o Paulo", "windows-1252", ";")]
    [InlineData("name,city\nAna,S\u00e3o Paulo", "utf-8", ",")]
    [InlineData("name\tcity\nAna\tS\u00e3o Paulo", "utf-16", "\t")]
    [InlineData("\"na,me\"|city\n\"A,na\"|S\u00e3o Paulo", "utf-8", "|")]
    public async Task The_encoding_and_the_sign_between_cells_are_found_out(string text, string encoding, string delimiter)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var tenant = await fixture.App.NewTenantAsync();
        var writing = Encoding.GetEncoding(encoding);
        var import = await UploadAsync(tenant, [.. encoding == "utf-16" ? writing.GetPreamble() : [], .. writing.GetBytes(text)]);
        Assert.Equal((encoding, delimiter, 1), ((string?)import["encoding"], (string?)import["delimiter"], (int)import["rows_total"]!));
        Assert.Equal("S\u00e3o Paulo", (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/imports/{import["id"]}"))["preview"]![0]![1]);
    }

    [Fact]
    public async Task Every_row_becomes_a_contact_or_is_kept_with_the_reason()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var known = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Old name", phone = "+5511922220001", metadata = new { plan = "gold" } }, 201);
        var import = await UploadAsync(tenant, """
            Full name,Phone,E-mail,City,Customer ID
            Ana Lima,+55 11 92222-0001,ana@example.com,Recife,c-1
            Bia,'+5511922220002,bia@example.com,,c-2
            Wrong,12,nobody,,
            ,,,Nowhere,
            Twin,+5511922220002,,,
            "Quo ""ted"", Name",,q@example.com,"two
            lines",c-3
            """);
        Assert.Equal("name", (string?)import["mapping"]!["0"]);
        Assert.Equal(["name", "phone", "email", "metadata.City", "external_ref"], import["mapping"]!.AsObject().Select(member => (string?)member.Value));
        var mapping = new JsonObject { ["0"] = "name", ["1"] = "phone", ["2"] = "email", ["3"] = "metadata.city", ["4"] = "external_ref" };
        var check = await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/check", new { mapping }, 200);
        Assert.Equal((6, 3, 3), ((int)check["rows"]!, (int)check["good"]!, (int)check["bad"]!));
        Assert.Contains("phone: \"12\" is no phone number.", (string?)check["errors"]![0]!["errors"]![0]);
        Assert.Single((await tenant.Viewer.GetJsonAsync("/api/contacts"))["items"]!.AsArray());

        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { mapping }, 202);
        var done = await DoneAsync(tenant, import);
        Assert.Equal((2, 1, 0, 3, 6), ((int)done["created"]!, (int)done["updated"]!, (int)done["unchanged"]!, (int)done["failed"]!, (int)done["rows_done"]!));
        var updated = await tenant.Viewer.GetJsonAsync($"/api/contacts/{known["id"]}");
        Assert.Equal(("Ana Lima", "Recife", "gold", "c-1"), ((string?)updated["name"], (string?)updated["metadata"]!["city"], (string?)updated["metadata"]!["plan"], (string?)updated["external_ref"]));
        Assert.Contains(updated["identities"]!.AsArray(), identity => (string?)identity!["channel"] == "email");

        var errors = (await (await tenant.Viewer.GetAsync($"/api/contacts/imports/{import["id"]}/errors")).Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, errors.Length);
        Assert.Contains("Row 3 has the same phone number.", errors[3]);
        Assert.Contains("Nothing in this row says who it is.", errors[2]);
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { mapping }, 409);
        await tenant.Viewer.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { mapping }, 403);
    }

    [Fact]
    public async Task An_import_that_was_killed_anywhere_goes_on_and_takes_every_row_once()
    {
        // No worker of its own: this test is the worker that is killed.
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Parley.Server.Hosting.Role.Web);
        var tenant = await app.NewTenantAsync();
        var rows = string.Concat(Enumerable.Range(0, 2_750).Select(i => $"Person {i},+55119{i:00000000}\n"));
        var import = await UploadAsync(tenant, $"name,phone\n{rows}");
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { }, 202);
        var handler = app.Services.GetServices<IJobHandler>().OfType<ImportContacts>().Single();
        var job = new Job { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Type = ImportContacts.JobType, Key = (string)import["id"]! };
        // Killed again and again, and for a while there are two who think that it is theirs.
        for (var kill = 0; kill < 12; kill++)
        {
            using var death = new CancellationTokenSource();
            var one = handler.RunAsync(job, death.Token);
            var two = kill % 3 == 0 ? handler.RunAsync(job, death.Token) : Task.FromResult<JobOutcome>(new JobOutcome.Done());
            var before = await RowsDoneAsync();
            await Eventually.Async(RowsDoneAsync, done => done > before || one.IsCompleted, "it goes on");
            await death.CancelAsync();
            foreach (var run in new[] { one, two })
                try { await run; }
                catch (Exception killed) when (killed is OperationCanceledException or Npgsql.NpgsqlException) { }
        }
        var outcome = Assert.IsType<JobOutcome.Done>(await handler.RunAsync(job, default));
        await app.Get<Parley.Server.Platform.Database.TenantDatabase>().ChangeAsync(tenant.Id, async change => { if (outcome.Effect is { } effect) await effect(change); return 0; }, default);
        var done = await tenant.Viewer.GetJsonAsync($"/api/contacts/imports/{import["id"]}");
        Assert.Equal(("done", 2_750, 2_750, 0), ((string?)done["state"], (int)done["created"]!, (int)done["rows_done"]!, (int)done["failed"]!));
        Assert.Equal(2_750, await app.Get<Parley.Server.Platform.Database.TenantDatabase>().FindAsync<int>(tenant.Id, "select count(distinct phone)::int from contacts where tenant_id = @tenant having count(*) = count(distinct phone)", null, default));

        async Task<int> RowsDoneAsync() => (int)(await tenant.Viewer.GetJsonAsync($"/api/contacts/imports/{import["id"]}"))["rows_done"]!;
    }

    [Fact]
    public async Task An_import_whose_workers_vanish_with_it_each_time_ends_and_says_so()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var import = await UploadAsync(tenant, "name\nAna");
        // As the fourteenth worker left it that was ended in the middle.
        var database = fixture.App.Get<SystemDatabase>();
        await database.ExecuteAsync("update contact_imports set state = 'running' where tenant_id = @Id and id = @import", new { tenant.Id, import = (Guid)import["id"]! }, default);
        await database.ExecuteAsync("""
            insert into scheduled_jobs (tenant_id, id, type, key, status, attempts, lease_until, scheduled_at, created_at, updated_at)
            values (@Id, @job, @JobType, @key, 'running', @MostAttempts, @before, @before, @before, @before)
            """, new { tenant.Id, job = Guid.CreateVersion7(), ImportContacts.JobType, key = (string)import["id"]!, JobStore.MostAttempts, before = TimeProvider.System.GetUtcNow().AddMinutes(-1) }, default);
        var ended = await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/contacts/imports/{import["id"]}"), one => (string?)one["state"] != "running", "it has ended");
        Assert.Equal(("failed", "It broke off again and again. What was imported until then stays."), ((string)ended["state"]!, (string?)ended["stopped_by"]));
    }

    [Fact]
    public async Task What_is_exported_holds_no_formula_and_comes_back_as_it_was()
    {
        var tenant = await fixture.App.NewTenantAsync();
        string[] names = ["=cmd|' /C calc'!A0", "+1", "-1", "@sum", "  =x", "'=quoted", "plain, \"with\"\nlines", "\uFF1Dwide"];
        for (var i = 0; i < names.Length; i++) await tenant.Editor.PostJsonAsync("/api/contacts", new { name = names[i], phone = $"+55119222200{i:00}", metadata = new { note = "\t=tab" } }, 201);
        var file = await (await tenant.Viewer.GetAsync("/api/contacts/export?q=wide")).Content.ReadAsStringAsync();
        Assert.Contains("\uFF1Dwide", file);
        Assert.DoesNotContain("plain", file);

        var bytes = await (await tenant.Viewer.GetAsync("/api/contacts/export")).Content.ReadAsByteArrayAsync();
        var rows = new List<string[]>();
        await foreach (var row in CsvFile.ReadAsync(new MemoryStream(bytes), new("utf-8", ","), default)) rows.Add(row.Cells);
        Assert.Equal(names.Length + 1, rows.Count);
        Assert.All(rows.SelectMany(cells => cells), cell => Assert.False(cell.TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D', ..] || cell is ['\t' or '\r', ..], cell));

        var other = await fixture.App.NewTenantAsync();
        var import = await UploadAsync(other, bytes);
        await other.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { }, 202);
        Assert.Equal(names.Length, (int)(await DoneAsync(other, import))["created"]!);
        var came = (await other.Viewer.GetJsonAsync("/api/contacts"))["items"]!.AsArray();
        Assert.Equal(names.Select(name => name.Trim()).Order(StringComparer.Ordinal), came.Select(contact => (string)contact!["name"]!).Order(StringComparer.Ordinal));
        Assert.All(came, contact => Assert.Equal("\t=tab", (string?)contact!["metadata"]!["note"]));
    }

    [Fact]
    public async Task What_cannot_be_stored_is_the_error_of_its_row_and_stops_nothing()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var long_ = new string('9', 5000) + '\0' + new string('9', 6000);
        var import = await UploadAsync(tenant, $$$"""
            name,phone,more
            Ana,+5511922220001,
            Bia,+5511922220002,"{""x"":[""\u0000""]}"
            Caio,+5511922220003,"{""x"":""\ud800""}"
            Dora,12{{{'\0'}}}34,
            Eva,{{{long_}}},
            Frei, Gil,+5511922220006,x
            """);
        var mapping = new JsonObject { ["0"] = "name", ["1"] = "phone", ["2"] = "metadata" };
        Assert.Equal(5, (int)(await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/check", new { mapping }, 200))["bad"]!);
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { mapping }, 202);
        var done = await DoneAsync(tenant, import);
        Assert.Equal((1, 5), ((int)done["created"]!, (int)done["failed"]!));
    }

    [Fact]
    public async Task Numbers_without_a_country_are_taken_only_when_somebody_says_of_which_country_they_are()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var import = await UploadAsync(tenant, """
            name,phone
            Ana,4155550123
            Ben,(415) 555-0124
            Cleo,+49 151 12345678
            Dan,1 415 555 0125
            """);
        var unsaid = await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/check", new { }, 200);
        Assert.Equal((1, 3), ((int)unsaid["good"]!, (int)unsaid["bad"]!));
        Assert.Contains("does not say of which country it is", (string?)unsaid["errors"]![0]!["errors"]![0]);
        Assert.NotNull((await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/check", new { country = "Wonderland" }, 400))["errors"]!["country"]);

        var check = await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/check", new { country = "us" }, 200);
        Assert.Equal("+14155550123 +14155550124 +4915112345678 +14155550125", string.Join(' ', check["preview"]!.AsArray().Select(one => (string?)one!["phone"])));
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { country = "US" }, 202);
        Assert.Equal((4, "US"), await DoneAsync(tenant, import) is var done ? ((int)done["created"]!, (string?)done["country"]) : default);
        Assert.Contains("Write it with + (or 00)", (string?)(await tenant.Editor.PostJsonAsync("/api/contacts", new { phone = "4155550123" }, 400))["errors"]!["phone"]![0]);
    }

    [Fact]
    public async Task A_quotation_mark_that_is_missing_is_said_and_costs_one_row()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var import = await UploadAsync(tenant, "name,notes\nAna,5\" pipe\nBia,\"said \"hi\" to us\"\nCaio,\"open\nDora,x\nEva,y\n");
        Assert.Contains("Row 3", (string?)import["warning"]);
        var check = await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/check", new { }, 200);
        Assert.Equal((1, 2), ((int)check["good"]!, (int)check["bad"]!));
        Assert.Contains("behind a closing quotation mark", (string?)check["errors"]![0]!["errors"]![0]);
        Assert.Contains("the 3 lines behind it were read as one cell", (string?)check["errors"]![1]!["errors"]![0]);
        Assert.Null((string?)(await UploadAsync(tenant, "name\nAna\n"))["warning"]);
    }

    [Theory]
    [InlineData(',', 1_500)]
    [InlineData('x', 2_100_000)]
    public async Task A_row_that_would_fill_the_memory_is_refused_in_words(char character, int many)
    {
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var before in new[] { "", "name\nAna\n" })
        {
            var answer = await tenant.Editor.PostAsync("/api/contacts/imports", new StringContent(before + new string(character, many), Encoding.UTF8, "text/csv"));
            Assert.Contains("more than", (string?)(await answer.JsonAsync(400))["errors"]!["file"]![0]);
        }
    }

    [Fact]
    public async Task Rows_are_numbered_as_a_spreadsheet_does()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var import = await UploadAsync(tenant, "\nname,phone\r\n\r\nAna,+5511922220001\r\n\r\n\"Two\r\nlines\",12\r\n\r\nBia,+5511922220001\r\n");
        Assert.Equal(3, (int)import["rows_total"]!);
        var check = await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/check", new { }, 200);
        Assert.Equal("6 8", string.Join(' ', check["errors"]!.AsArray().Select(error => (int)error!["row"]!)));
        Assert.Contains("Row 4 has the same phone number.", (string?)check["errors"]![1]!["errors"]![0]);
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { }, 202);
        Assert.Equal(1, (int)(await DoneAsync(tenant, import))["created"]!);
        Assert.Contains(",6,", await (await tenant.Viewer.GetAsync($"/api/contacts/imports/{import["id"]}/errors")).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Who_opted_out_stays_out_when_a_list_moves()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var ana = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", phone = "+5511922220001", email = "ana@example.com" }, 201);
        await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Bia", phone = "+5511922220002" }, 201);
        (await tenant.Editor.PutAsync($"/api/contacts/{ana["id"]}/opt-out", System.Net.Http.Json.JsonContent.Create(new { channel = "sms", handle = "+5511922220001" }))).EnsureSuccessStatusCode();
        var other = await fixture.App.NewTenantAsync();
        var import = await UploadAsync(other, await (await tenant.Viewer.GetAsync("/api/contacts/export")).Content.ReadAsByteArrayAsync());
        Assert.DoesNotContain(import["mapping"]!.AsObject(), member => ((string?)member.Value)?.StartsWith("metadata.", StringComparison.Ordinal) == true);
        await other.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { }, 202);
        await DoneAsync(other, import);
        Assert.Equal("Ana:sms", await OutAsync(other));

        var words = await UploadAsync(tenant, "name,phone,e-mail,opted out\nCaio,+5511922220003,c@example.com,yes\nDora,+5511922220004,d@example.com,email\nEva,+5511922220005,,no\nFil,+5511922220006,,email\nGil,,,yes\nBia,+5511922220002,,whatsapp");
        Assert.Equal("opted_out", (string?)words["mapping"]!["3"]);
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{words["id"]}/start", new { }, 202);
        Assert.Equal(2, (int)(await DoneAsync(tenant, words))["failed"]!);   // Fil has no e-mail address, Gil none at all
        Assert.Equal("Ana:sms Bia:whatsapp Caio:email Caio:sms Caio:whatsapp Dora:email", await OutAsync(tenant));

        static async Task<string> OutAsync(TestTenant tenant) => string.Join(' ', (await tenant.Viewer.GetJsonAsync("/api/contacts"))["items"]!.AsArray()
            .SelectMany(one => one!["identities"]!.AsArray().Where(identity => identity!["opted_out_at"] is not null).Select(identity => $"{one["name"]}:{identity!["channel"]}")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_list_of_who_wants_no_messages_counts_also_when_it_changes_nothing_else()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var ana = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", phone = "+5511922220001" }, 201);
        var import = await UploadAsync(tenant, "name,phone,opted_out\nAnother,+5511922220001,sms\nBia,+5511922220002,sms:4155550123");
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { updates_existing = false }, 202);
        var done = await DoneAsync(tenant, import);
        Assert.Equal((1, 0, 1), ((int)done["updated"]!, (int)done["unchanged"]!, (int)done["failed"]!));   // Bia's could be of any country
        var ended = Assert.Single((await tenant.Admin.GetJsonAsync($"/api/audit?action=contact.import_ended&resource_id={import["id"]}"))["items"]!.AsArray())!["after"]!;
        Assert.Equal((1, 1, 1), ((int)ended["opted_out"]!, (int)ended["updated"]!, (int)ended["failed"]!));
        var now = await tenant.Viewer.GetJsonAsync($"/api/contacts/{ana["id"]}");
        Assert.Equal(("Ana", "sms"), ((string?)now["name"], (string?)Assert.Single(now["identities"]!.AsArray(), one => one!["opted_out_at"] is not null)!["channel"]));

        var again = await UploadAsync(tenant, "name,phone,opted_out,instagram\nAna,+5511922220001,sms,@\nCaio,+5511922220003,sms:4155550123,@caio");
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{again["id"]}/start", new { country = "US" }, 202);
        done = await DoneAsync(tenant, again);
        Assert.Equal((0, 1, 1), ((int)done["updated"]!, (int)done["unchanged"]!, (int)done["created"]!));
        Assert.Single((await tenant.Viewer.GetJsonAsync("/api/contacts?q=%2B14155550123"))["items"]!.AsArray());
    }

    [Fact]
    public async Task A_null_in_a_file_takes_a_custom_field_away_as_the_api_does()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var ana = await tenant.Editor.PostJsonAsync("/api/contacts", new { name = "Ana", external_ref = "a", metadata = new { plan = "gold", city = "Recife" } }, 201);
        var import = await UploadAsync(tenant, "name,external_ref,metadata\nAna,a,\"{\"\"plan\"\":null}\"\nBia,b,\"{\"\"plan\"\":null,\"\"age\"\":5}\"");
        await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { }, 202);
        await DoneAsync(tenant, import);
        Assert.Equal("""{"city":"Recife"}""", (await tenant.Viewer.GetJsonAsync($"/api/contacts/{ana["id"]}"))["metadata"]!.ToJsonString());
        Assert.Equal("""{"age":5}""", (await tenant.Viewer.GetJsonAsync("/api/contacts?q=Bia"))["items"]![0]!["metadata"]!.ToJsonString());
    }

    [Fact]
    public async Task What_is_no_list_of_contacts_is_refused_in_words()
    {
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var body in new[] { "", "name,phone\n", "\n\n" })
            Assert.NotNull((await (await tenant.Editor.PostAsync("/api/contacts/imports", new StringContent(body, Encoding.UTF8, "text/csv"))).JsonAsync(400))["errors"]!["file"]);
        var import = await UploadAsync(tenant, "a,b\n1,2");
        foreach (var mapping in new[] { new JsonObject { ["7"] = "name" }, new JsonObject { ["0"] = "salary" }, new JsonObject { ["0"] = "name", ["1"] = "name" }, [] })
            Assert.NotNull((await tenant.Editor.PostJsonAsync($"/api/contacts/imports/{import["id"]}/start", new { mapping }, 400))["errors"]!["mapping"]);
    }

    static Task<JsonNode> UploadAsync(TestTenant tenant, string text) => UploadAsync(tenant, Encoding.UTF8.GetBytes(text));

    static async Task<JsonNode> UploadAsync(TestTenant tenant, byte[] bytes) =>
        await (await tenant.Editor.PostAsync("/api/contacts/imports?file_name=people.csv", new ByteArrayContent(bytes))).JsonAsync(201);

    static Task<JsonNode> DoneAsync(TestTenant tenant, JsonNode import) =>
        Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/contacts/imports/{import["id"]}"), now => (string?)now["state"] == "done", "it is imported", 30);
}
