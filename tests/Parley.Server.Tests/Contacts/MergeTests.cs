using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using FsCheck.Fluent;
using Npgsql;
using Parley.Server.Contacts.Merging;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Contacts;

public sealed class MergeTests(ParleyFixture fixture)
{
    [Fact]
    public async Task Every_table_with_a_foreign_key_to_contacts_is_in_the_list_of_what_a_merge_moves()
    {
        await using var connection = await OpenAsync(await fixture.CloneDatabaseAsync());
        const string missing = """
            select c.conrelid::regclass::text || '.' || a.attname
            from pg_constraint c
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey) and a.attname <> 'tenant_id'
            where c.contype = 'f' and c.confrelid = 'contacts'::regclass
            order by 1
            """;
        Assert.Equal(ContactTables.All.Select(table => table.Slot).Order(), await connection.QueryAsync<string>(missing));
        foreach (var table in ContactTables.All)
            Assert.Equal(table.Key.Order(), (await connection.QueryAsync<string>("""
                select a.attname from pg_index x join pg_attribute a on a.attrelid = x.indrelid and a.attnum = any (x.indkey)
                where x.indrelid = @name::regclass and x.indisprimary and a.attname not in ('tenant_id', @column)
                order by 1
                """, new { name = table.Name, column = table.Column })).Order());
    }

    [Fact]
    public async Task Every_column_that_names_a_contact_or_a_conversation_is_decided_about()
    {
        // Without a foreign key, and why they are right after a merge all the same.
        Dictionary<string, string> others = new()
        {
            ["campaign_recipients.contact_id"] = "read through the aliases",
            ["automation_runs.contact_id"] = "read through the aliases",
            ["contact_merges.contact_id"] = "the record itself",
            ["events.contact_id"] = "read through the aliases",
            ["messages.contact_id"] = "whose a message is, its conversation says",
            ["messages.sender_contact_id"] = "read through the aliases",
            ["notifications.contact_id"] = "follows its note (ContactMerger.FollowAsync)",
            ["presence.contact_id"] = "passes within seconds",
        };
        // What ConversationJoin moves, and what it leaves.
        string[] ofConversations =
        [
            "automation_runs", "bot_answers", "bot_chats", "bot_reservations", "closings", "conversation_labels", "events", "messages", "notes", "notifications", "response_marks", "response_times",
        ];
        await using var connection = await OpenAsync(await fixture.CloneDatabaseAsync());
        const string columns = """
            select c.relname || '.' || a.attname
            from pg_class c
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'uuid'::regtype
            where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and a.attname like @name
            order by 1
            """;
        Assert.Equal(ContactTables.All.Where(table => table.Column.EndsWith("contact_id", StringComparison.Ordinal)).Select(table => table.Slot).Concat(others.Keys).Order(StringComparer.Ordinal),
            (await connection.QueryAsync<string>(columns, new { name = "%contact_id" })).Order(StringComparer.Ordinal));
        Assert.Equal(ofConversations.Select(table => $"{table}.conversation_id"), (await connection.QueryAsync<string>(columns, new { name = "%conversation_id" })).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_merge_and_its_undoing_leave_every_row_of_every_table_as_it_was()
    {
        // Without workers: they would compare the contacts anew.
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), Parley.Server.Hosting.Role.Web);
        var tenant = await app.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        // Each case: people who know some of each other's fields, and merges among them that are taken back in any order.
        foreach (var seed in Gen.Sample(Gen.Choose(0, int.MaxValue), 12, 30))
        {
            var random = new Random(seed);
            var people = new List<Guid>();
            for (var i = 0; i < 4; i++) people.Add(await NewPersonAsync(tenant, number, random));
            await SuggestAsync(tenant, people, random);
            var before = await EverythingAsync(tenant);
            var merges = new List<Guid>();
            var alive = people.ToList();
            while (alive.Count > 1 && (merges.Count == 0 || random.Next(4) > 0))
            {
                var stays = alive[random.Next(alive.Count)];
                var goes = alive.Where(one => one != stays).ElementAt(random.Next(alive.Count - 1));
                merges.Add((Guid)(await tenant.Editor.PostJsonAsync($"/api/contacts/{stays}/merge", new { other_id = goes }, 201))["id"]!);
                alive.Remove(goes);
            }
            while (merges.Count > 0)
            {
                // Whose contact was merged away since comes later: it is refused until then.
                var merge = merges[random.Next(merges.Count)];
                var answer = await tenant.Editor.PostAsync($"/api/contacts/merges/{merge}/undo", null);
                if ((int)answer.StatusCode == 409) continue;
                await answer.JsonAsync(200);
                merges.Remove(merge);
            }
            var after = await EverythingAsync(tenant);
            // All but this: of each merge that was taken back there is one row that says that they are two, where nobody had said so before.
            var merged = (await ItemsAsync(tenant, "/api/contacts/merges?limit=200")).Select(merge => Pair.Of((Guid)merge!["contact_id"]!, (Guid)merge["gone_id"]!)).ToHashSet();
            var (suggested, settled) = (Suggestions(before), Suggestions(after));
            var apart = settled.Except(suggested).Where(row => row.Contains("\"dismissed_by\": \"undo:", StringComparison.Ordinal) && merged.Contains(PairOf(row))).ToList();
            Assert.Equal(apart.Count, apart.Select(PairOf).Distinct().Count());
            var replaced = apart.Select(PairOf).ToHashSet();
            before["contact_suggestions"] = string.Join('\n', suggested.Where(row => !row.Contains("\"status\": \"open\"", StringComparison.Ordinal) || !replaced.Contains(PairOf(row))));
            after["contact_suggestions"] = string.Join('\n', settled.Except(apart));
            AssertSame(before, after, $"seed {seed}");
        }

        static string[] Suggestions(Dictionary<string, string> rows) => rows["contact_suggestions"].Split('\n', StringSplitOptions.RemoveEmptyEntries);

        static Pair PairOf(string row) => JsonNode.Parse(row)! is var one ? Pair.Of((Guid)one["first_id"]!, (Guid)one["second_id"]!) : default;
    }

    [Fact]
    public async Task Everything_moves_and_the_old_id_leads_to_who_stayed()
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511911110001", "from the first phone", "Ana");
        await number.SayAsync("+5511911110002", "from the second phone", "Ana Lima");
        var (first, second) = (await ContactOfAsync(tenant, "+5511911110001"), await ContactOfAsync(tenant, "+5511911110002"));
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{second}", new { email = "ana@example.com", metadata = new { city = "Recife" }, notes = "Likes blue." });

        var merge = await tenant.Editor.PostJsonAsync($"/api/contacts/{first}/merge", new { other_id = second }, 201);
        var merged = await tenant.Viewer.GetJsonAsync($"/api/contacts/{second}");
        Assert.Equal(first, (Guid)merged["id"]!);
        Assert.Equal(("Ana", "ana@example.com", "Recife", "Likes blue."), ((string?)merged["name"], (string?)merged["email"], (string?)merged["metadata"]!["city"], (string?)merged["notes"]));
        Assert.Equal(["+5511911110001", "+5511911110002"], merged["identities"]!.AsArray().Where(one => (string?)one!["channel"] == "whatsapp").Select(one => (string)one!["handle"]!));
        Assert.Equal(["from the second phone", "from the first phone"], (await ItemsAsync(tenant, $"/api/contacts/{first}/messages")).Select(message => (string)message!["content"]!));
        Assert.All(await ItemsAsync(tenant, $"/api/contacts/{first}/messages"), message => Assert.Equal(first, (Guid)message!["contact_id"]!));
        Assert.DoesNotContain(await ItemsAsync(tenant, "/api/contacts"), contact => (Guid)contact!["id"]! == second);

        // Notes and who takes care of them are asked for and written by the old id as well.
        Assert.Equal(first, (Guid)(await tenant.Editor.PostJsonAsync($"/api/contacts/{second}/notes", new { content = "by the old id" }, 201))["contact_id"]!);
        Assert.Single(await ItemsAsync(tenant, $"/api/contacts/{second}/notes"));
        Assert.Equal(first, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{second}/assignment"))["contact_id"]!);
        var team = (Guid)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales" }, 201))["id"]!;
        await (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{second}/assignment", new { team_id = team })).JsonAsync();
        Assert.Equal(team, (Guid)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{first}/assignment"))["team_id"]!);
        await (await tenant.Editor.DeleteAsync($"/api/contacts/{second}/assignment")).JsonAsync();
        Assert.Null((await tenant.Viewer.GetJsonAsync($"/api/contacts/{first}/assignment"))["team_id"]);

        // Each phone goes on in its own conversation, and what came since goes back with it.
        await number.SayAsync("+5511911110002", "after the merge");
        Assert.Equal(2, (await ItemsAsync(tenant, $"/api/conversations?contact_id={first}")).Count);
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        Assert.Equal(["after the merge", "from the second phone"], (await ItemsAsync(tenant, $"/api/contacts/{second}/messages")).Select(message => (string)message!["content"]!));
        Assert.Equal(["from the first phone"], (await ItemsAsync(tenant, $"/api/contacts/{first}/messages")).Select(message => (string)message!["content"]!));
        Assert.Null((await tenant.Viewer.GetJsonAsync($"/api/contacts/{first}"))["email"]);
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 409);
    }

    [Fact]
    public async Task A_conversation_that_began_after_the_merge_goes_to_whose_address_it_is_with()
    {
        var (tenant, number) = await ConnectedAsync();
        var stays = await CreateAsync(tenant, new { name = "Bia", phone = "+5511911110011" });
        var goes = await CreateAsync(tenant, new { name = "Bia Souza", phone = "+5511911110012" });
        var merge = await tenant.Editor.PostJsonAsync($"/api/contacts/{stays}/merge", new { other_id = goes }, 201);
        await number.SayAsync("+5511911110011", "my first words");
        await number.SayAsync("+5511911110012", "my other phone");
        Assert.Equal(2, (await ItemsAsync(tenant, $"/api/conversations?contact_id={stays}")).Count);
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        Assert.Equal("my first words", (string?)Assert.Single(await ItemsAsync(tenant, $"/api/contacts/{stays}/messages"))!["content"]);
        Assert.Equal("my other phone", (string?)Assert.Single(await ItemsAsync(tenant, $"/api/contacts/{goes}/messages"))!["content"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("none")]
    [InlineData("round_robin")]
    public async Task Undoing_a_merge_gives_nobody_to_a_colleague_who_has_gone_and_a_team_that_shares_out_finds_another(string? strategy)
    {
        var (tenant, number) = await ConnectedAsync();
        await number.SayAsync("+5511922220001", "one");
        await number.SayAsync("+5511922220002", "two");
        var (stays, goes) = (await ContactOfAsync(tenant, "+5511922220001"), await ContactOfAsync(tenant, "+5511922220002"));
        var (ana, ben) = (await UserAsync("Ana"), await UserAsync("Ben"));
        var cleo = await UserAsync("Cleo");
        var team = strategy is not null ? (Guid?)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales", strategy, member_ids = new[] { ben, cleo } }, 201))["id"] : null;
        Guid? found = strategy == "round_robin" ? cleo : null;
        await (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{stays}/assignment", new { user_id = ana })).JsonAsync();
        await (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{goes}/assignment", new { user_id = ben, team_id = team })).JsonAsync();
        var merge = await tenant.Editor.PostJsonAsync($"/api/contacts/{stays}/merge", new { other_id = goes }, 201);
        await (await tenant.Admin.PatchAsJsonAsync($"/api/users/{ben}", new { is_active = false })).JsonAsync();
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/contacts/{goes}/assignment"), one => (Guid?)one["user_id"] == found && (Guid?)one["team_id"] == team, "whose it is now");
        var conversation = (await ItemsAsync(tenant, $"/api/conversations?contact_id={goes}"))[0]!["id"];
        await Eventually.Async(() => tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}"), one => (Guid?)one["assigned_user_id"] == found && (Guid?)one["assigned_team_id"] == team, "its conversation shows it");

        async Task<Guid> UserAsync(string name) => (Guid)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name, role = "editor" }, 201))["id"]!;
    }

    [Fact]
    public async Task Undoing_a_merge_leaves_a_contact_with_its_colleague_whose_team_was_deleted_since()
    {
        var (tenant, _) = await ConnectedAsync();
        var (stays, goes) = (await CreateAsync(tenant, new { name = "one" }), await CreateAsync(tenant, new { name = "two" }));
        var ben = (Guid)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name = "Ben", role = "editor" }, 201))["id"]!;
        var team = (Guid)(await tenant.Admin.PostJsonAsync("/api/teams", new { name = "Sales", member_ids = new[] { ben } }, 201))["id"]!;
        await (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{stays}/assignment", new { team_id = team })).JsonAsync();
        await (await tenant.Editor.PutAsJsonAsync($"/api/contacts/{goes}/assignment", new { user_id = ben, team_id = team })).JsonAsync();
        var merge = await tenant.Editor.PostJsonAsync($"/api/contacts/{stays}/merge", new { other_id = goes }, 201);
        (await tenant.Admin.DeleteAsync($"/api/teams/{team}")).EnsureSuccessStatusCode();
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        var now = await tenant.Viewer.GetJsonAsync($"/api/contacts/{goes}/assignment");
        Assert.Equal(((Guid?)ben, (Guid?)null), ((Guid?)now["user_id"], (Guid?)now["team_id"]));
        Assert.Null((string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{stays}/assignment"))["user_id"]);
    }

    [Fact]
    public async Task What_people_changed_after_a_merge_stays_when_it_is_undone()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (stays, goes) = (await CreateAsync(tenant, new { name = "Ana", metadata = new { city = "Rio" } }), await CreateAsync(tenant, new { name = "Anna", email = "anna@example.com", metadata = new { plan = "gold" } }));
        var merge = await tenant.Editor.PostJsonAsync($"/api/contacts/{stays}/merge", new { other_id = goes }, 201);
        await tenant.Editor.PatchAsJsonAsync($"/api/contacts/{stays}", new { name = "Ana Lima", metadata = new { plan = "silver", vip = true } });
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        var contact = await tenant.Viewer.GetJsonAsync($"/api/contacts/{stays}");
        Assert.Equal("Ana Lima", (string?)contact["name"]);
        Assert.Null(contact["email"]);
        Assert.Equal(["city", "plan", "vip"], contact["metadata"]!.AsObject().Select(field => field.Key).Order());
        Assert.Equal("gold", (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{goes}"))["metadata"]!["plan"]);
    }

    [Theory]
    [InlineData("blocked", "active")]
    [InlineData("active", "blocked")]
    public async Task Who_was_blocked_stays_blocked(string one, string other)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var (stays, goes) = (await CreateAsync(tenant, new { name = "A", status = one }), await CreateAsync(tenant, new { name = "B", status = other }));
        var merge = await tenant.Editor.PostJsonAsync($"/api/contacts/{stays}/merge", new { other_id = goes }, 201);
        Assert.Equal("blocked", (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{stays}"))["status"]);
        await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{merge["id"]}/undo", null, 200);
        Assert.Equal((one, other), ((string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{stays}"))["status"], (string?)(await tenant.Viewer.GetJsonAsync($"/api/contacts/{goes}"))["status"]));
    }

    [Fact]
    public async Task What_cannot_be_merged_is_said_in_words()
    {
        var (tenant, number) = await ConnectedAsync();
        var other = await fixture.App.NewTenantAsync();
        var contact = await CreateAsync(tenant, new { name = "A" });
        var theirs = await CreateAsync(other, new { name = "Theirs" });
        await number.PostAsync(number.Body("""[{"from":"5511987654321","group_id":"group-9","id":"wamid.gm","timestamp":"1767225600","type":"text","text":{"body":"hi all"}}]"""));
        var group = (Guid)Assert.Single(await ItemsAsync(tenant, "/api/contacts?kind=group"))!["id"]!;
        Assert.Contains("itself", (string?)(await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/merge", new { other_id = contact }, 409))["detail"]);
        Assert.Contains("group", (string?)(await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/merge", new { other_id = group }, 409))["detail"]);
        await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/merge", new { other_id = theirs }, 404);
        await tenant.Editor.PostJsonAsync($"/api/contacts/{theirs}/merge", new { other_id = contact }, 404);
        await tenant.Editor.PostJsonAsync($"/api/contacts/{contact}/merge", new { }, 400);
        await tenant.Viewer.PostJsonAsync($"/api/contacts/{contact}/merge", new { other_id = group }, 403);
    }

    [Fact]
    public async Task Messages_that_come_while_contacts_are_merged_and_taken_apart_are_all_there_and_at_somebody_who_is()
    {
        var (tenant, number) = await ConnectedAsync();
        string[] phones = ["+5511922220001", "+5511922220002", "+5511922220003"];
        foreach (var phone in phones) await number.SayAsync(phone, "hello");
        var contacts = new List<Guid>();
        foreach (var phone in phones) contacts.Add(await ContactOfAsync(tenant, phone));
        var sent = 0;
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var i = 0; i < 40; i++)
            {
                // Known people and strangers, whose number belongs to a contact that is being merged.
                var from = phones[i % 3][1..];
                var answer = await number.PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.race.{writer}.{i}", "x", from)}]", contacts: $$"""[{"profile":{"name":"P{{i}}"},"wa_id":"{{from}}"}]"""));
                Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
                Interlocked.Increment(ref sent);
                if (i % 7 == writer) fixture.App.Get<Parley.Server.Ingest.CustomerDirectory>().Forget();
            }
        }));
        while (!writing.IsCompleted)
        {
            var first = await tenant.Editor.PostJsonAsync($"/api/contacts/{contacts[0]}/merge", new { other_id = contacts[1] }, 201);
            var second = await tenant.Editor.PostJsonAsync($"/api/contacts/{contacts[2]}/merge", new { other_id = contacts[0] }, 201);
            await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{second["id"]}/undo", null, 200);
            await tenant.Editor.PostJsonAsync($"/api/contacts/merges/{first["id"]}/undo", null, 200);
        }
        await writing;
        Assert.Empty(await ItemsAsync(tenant, "/api/webhook-events?status=failed"));
        var counts = 0;
        foreach (var (contact, phone) in contacts.Zip(phones))
        {
            var conversation = Assert.Single(await ItemsAsync(tenant, $"/api/conversations?contact_id={contact}"))!;
            Assert.Equal(phone, (string?)conversation["handle"]);
            counts += (int)conversation["unread_count"]!;
        }
        Assert.Equal(sent + 3, counts);
    }

    // Everything that is a tenant's own, but for the record of what happened: row by row, as JSON.
    static async Task<Dictionary<string, string>> EverythingAsync(TestTenant tenant)
    {
        var rows = new Dictionary<string, string>();
        var tables = await tenant.App.Get<TenantDatabase>().ListAsync<string>(tenant.Id, """
            select c.relname::text from pg_class c join pg_policy p on p.polrelid = c.oid and p.polname = 'one_tenant'
            where c.relkind = 'r' and c.relname not in ('events', 'feed_heads', 'contact_merges', 'idempotency_keys', 'api_keys', 'scheduled_jobs', 'tenants', 'sessions', 'templates', 'audit_logs', 'audit_heads')
            order by 1
            """, null, default);
        Assert.Contains("messages", tables);
        foreach (var table in tables)
            rows[table] = string.Join('\n', await tenant.App.Get<TenantDatabase>().ListAsync<string>(tenant.Id,
                $"select (to_jsonb(t) - 'matched_at' - 'match_keys')::text from {table} t where t.tenant_id = @tenant order by 1", null, default));
        return rows;
    }

    static void AssertSame(Dictionary<string, string> before, Dictionary<string, string> after, string what)
    {
        foreach (var (table, rows) in before)
        {
            var (gone, came) = (rows.Split('\n').Except(after[table].Split('\n')).ToList(), after[table].Split('\n').Except(rows.Split('\n')).ToList());
            Assert.True(gone.Count + came.Count == 0, $"{what}: {table} differs.\nwas: {string.Join("\n", gone)}\nis:  {string.Join("\n", came)}");
        }
    }

    static async Task<Guid> NewPersonAsync(TestTenant tenant, TestNumber number, Random random)
    {
        var id = Ids.New(TimeProvider.System.GetUtcNow());
        var now = TimeProvider.System.GetUtcNow();
        var fields = new JsonObject();
        foreach (var name in new[] { "city", "plan", "vip" })
            if (random.Next(2) == 0) fields[name] = random.Next(3);
        await tenant.App.Get<TenantDatabase>().ChangeAsync(tenant.Id, async change =>
        {
            await change.ExecuteAsync("""
                insert into contacts (tenant_id, id, name, phone, email, external_ref, status, notes, metadata, social_handles, matched_at, created_at, updated_at)
                values (@tenant, @id, @name, @phone, @email, @reference, @status, @notes, @metadata::jsonb, @social::jsonb, @now, @now, @now)
                """, new
            {
                id, name = Maybe("Ana", "Bia", "Zoë \"Q\""), phone = Maybe("+5511900000001", "+5511900000002"), email = Maybe("a@example.com"), reference = Maybe("r-1", "r-2"),
                status = new[] { "active", "active", "blocked", "inactive" }[random.Next(4)], notes = Maybe("one", "two\nlines"), metadata = fields.ToJsonString(),
                social = random.Next(2) == 0 ? "{}" : """{"instagram": "ana"}""", now,
            }, default);
            for (var i = random.Next(3); i >= 0; i--)
            {
                var handle = $"+55119{random.Next(10_000_000, 99_999_999)}";
                await change.ExecuteAsync("""
                    insert into contact_identities (tenant_id, channel, handle, contact_id, created_at, opted_out_at, opted_out_by)
                    values (@tenant, @channel, @handle, @id, @now, @out, @by)
                    """, new { id, channel = i == 0 ? "whatsapp" : "sms", handle, now, @out = i == 1 ? now : (DateTimeOffset?)null, by = i == 1 ? "contact" : null }, default);
                if (random.Next(2) == 0) continue;
                var conversation = Ids.New(now);
                await change.ExecuteAsync("""
                    insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, last_message_at, created_at, updated_at, is_routed)
                    values (@tenant, @conversation, @id, @integration, @channel, @handle, @handle, @now, @now, @now, true);
                    insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, status, author, sender_contact_id, occurred_at, created_at)
                    values (@tenant, @message, @conversation, @id, @integration, @channel, 'inbound', 'text', 'x', 'delivered', 'contact', @id, @now, @now)
                    """, new { id, conversation, integration = number.Id, channel = i == 0 ? "whatsapp" : "sms", handle, message = Ids.New(now), now }, default);
            }
            // Labels, some of which the other has too.
            await change.ExecuteAsync("""
                insert into labels (tenant_id, id, name, colour, created_at, updated_at)
                select @tenant, x.id, x.name, 'blue', @now, @now from unnest(@labels::uuid[], @names::text[]) as x (id, name)
                where not exists (select 1 from labels l where l.tenant_id = @tenant and l.name = x.name);
                insert into contact_labels (tenant_id, contact_id, label_id, created_at)
                select @tenant, @id, l.id, @now from labels l where l.tenant_id = @tenant and l.name = any (@chosen)
                """, new
            {
                id, labels = new[] { Ids.New(now), Ids.New(now), Ids.New(now) }, names = new[] { "vip", "new", "late" },
                chosen = new[] { "vip", "new", "late" }.Where(_ => random.Next(2) == 0).ToArray(), now,
            }, default);
            // What colleagues put at the contact: a note that names somebody, and who takes care of it, also at its conversations.
            if (random.Next(2) == 0)
                await change.ExecuteAsync("""
                    insert into notes (tenant_id, id, contact_id, author, type, content, created_at, updated_at) values (@tenant, @note, @id, 'system', 'public', 'x', @now, @now);
                    insert into notifications (tenant_id, id, user_id, kind, note_id, contact_id, created_at)
                    select @tenant, @note, u.id, 'mention', @note, @id, @now from users u where u.tenant_id = @tenant order by u.id limit 1
                    """, new { id, note = Ids.New(now), now }, default);
            if (random.Next(2) == 0)
                await change.ExecuteAsync("""
                    insert into assignments (tenant_id, id, contact_id, user_id, assigned_by, version, created_at, updated_at)
                    select @tenant, @assignment, @id, u.id, 'system', @assignment, @now, @now from users u where u.tenant_id = @tenant order by u.id offset @which limit 1;
                    update conversations c set assigned_user_id = a.user_id from assignments a
                    where c.tenant_id = @tenant and c.contact_id = @id and a.tenant_id = @tenant and a.contact_id = @id
                    """, new { id, assignment = Ids.New(now), which = random.Next(2), now }, default);
            return 0;
        }, default);
        return id;

        string? Maybe(params string[] values) => random.Next(values.Length + 1) is var chosen && chosen < values.Length ? values[chosen] : null;
    }

    static async Task SuggestAsync(TestTenant tenant, List<Guid> people, Random random)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var one in people)
            foreach (var other in people.Where(other => other != one && random.Next(2) == 0))
                await tenant.App.Get<TenantDatabase>().ExecuteAsync(tenant.Id, """
                    insert into contact_suggestions (tenant_id, id, first_id, second_id, score, reasons, status, created_at, updated_at)
                    values (@tenant, @id, @First, @Second, 70, '["x"]', @status, @now, @now) on conflict do nothing
                    """, new { id = Ids.New(now), Pair.Of(one, other).First, Pair.Of(one, other).Second, status = random.Next(2) == 0 ? "open" : "dismissed", now }, default);
    }

    static async Task<Guid> CreateAsync(TestTenant tenant, object fields) => (Guid)(await tenant.Editor.PostJsonAsync("/api/contacts", fields, 201))["id"]!;

    static async Task<Guid> ContactOfAsync(TestTenant tenant, string handle) =>
        (Guid)(await ItemsAsync(tenant, "/api/conversations")).Single(conversation => (string?)conversation!["handle"] == handle)!["contact_id"]!;

    async Task<(TestTenant, TestNumber)> ConnectedAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        return (tenant, await tenant.HasWhatsAppAsync());
    }

    static async Task<JsonArray> ItemsAsync(TestTenant tenant, string path) => (await tenant.Viewer.GetJsonAsync(path))["items"]!.AsArray();

    static async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        return connection;
    }
}
