using System.Text.Json.Nodes;
using Parley.Server.Search;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Search;

/// <summary>What a person finds who looks for words that were said.</summary>
public sealed class SearchTests(ParleyFixture fixture)
{
    [Fact]
    public async Task A_message_is_found_as_soon_as_it_is_acknowledged_with_the_words_marked()
    {
        var (tenant, number) = await TenantAsync();
        await number.SayAsync("+5511987654321", "Is the blue lantern still in stock?");
        var found = Assert.Single(await MessagesAsync(tenant, "lantern"))!;
        Assert.Equal("Is the blue lantern still in stock?", (string)found["content"]!);
        Assert.Equal("Ana", (string)found["contact_name"]!);
        Assert.Equal("lantern", Marked(found["snippet"]!).Single());
        Assert.NotNull(found["conversation_id"]);
    }

    [Theory]
    [InlineData("lantern blue", "both")]
    [InlineData("LANT", "both reversed")]
    [InlineData("\"blue lantern\"", "both")]
    [InlineData("“blue lantern”", "both")]
    [InlineData("lantern -blue", "")]
    [InlineData("blue -lantern", "blue")]
    [InlineData("lantern -\"blue lantern\"", "reversed")]
    [InlineData("lan blue", "")]                     // only the last word is a beginning
    [InlineData("48213", "order")]
    [InlineData("order-48213", "order")]
    [InlineData("mail@shop.example", "order")]
    [InlineData("shop example", "order")]
    [InlineData("don't", "order")]
    [InlineData("\"lantern blue\" -both", "reversed")]
    public async Task Words_phrases_beginnings_and_exclusions(string q, string expected)
    {
        var (tenant, number) = await TenantAsync();
        await number.SayAsync("+5511987654321", "both: a blue lantern");
        await number.SayAsync("+5511987654321", "reversed: lantern, blue one");
        await number.SayAsync("+5511987654321", "just blue");
        await number.SayAsync("+5511987654321", "About order-48213: I don't know, write to mail@shop.example/now.");
        var found = (await MessagesAsync(tenant, q)).Select(message => (string)message!["content"]!).ToList();
        string[] wanted = expected switch
        {
            "both" => ["both: a blue lantern"],
            "both reversed" => ["reversed: lantern, blue one", "both: a blue lantern"],
            "blue" => ["just blue"],
            "reversed" => ["reversed: lantern, blue one"],
            "order" => ["About order-48213: I don't know, write to mail@shop.example/now."],
            _ => [],
        };
        if (q == "lantern blue") wanted = ["reversed: lantern, blue one", "both: a blue lantern"];
        Assert.Equal(wanted, found);
    }

    [Theory]
    [InlineData("São João à noite", "sao joao", "São João")]
    [InlineData("The cafe was closed", "CAFÉ", "cafe")]
    [InlineData("ПРИВЕТ, Андрей", "привет андреи", "ПРИВЕТ Андрей")]
    [InlineData("Ελλάδα μου", "ελλαδα", "Ελλάδα")]
    [InlineData("Tiếng Việt rất hay", "tieng viet", "Tiếng Việt")]
    [InlineData("مَرْحَبًا بكم في المتجر", "مرحبا", "مَرْحَبًا")]
    [InlineData("שלום לכולם", "שלום", "שלום")]
    [InlineData("明日は東京タワーに行きます", "東京", "東京")]
    [InlineData("明日は東京タワーに行きます", "\"タワー\"", "タワー")]
    [InlineData("주문한 물건이 안 왔어요", "물건", "물건이")]
    [InlineData("สวัสดีครับ", "สวัสดี", "สวัสดี")]
    [InlineData("धन्यवाद दोस्त", "धन्यवाद", "धन्यवाद")]
    [InlineData("Quote: “perfect”…and done", "perfect", "perfect")]
    [InlineData("Order № 5 – ready—now", "ready", "ready")]
    [InlineData("Ｆｕｌｌ ｗｉｄｔｈ", "full", "Ｆｕｌｌ")]
    [InlineData("great👍job", "great", "great")]
    [InlineData("great👍job", "job", "job")]
    public async Task All_languages_without_regard_to_accents_and_case(string text, string q, string marked)
    {
        var (tenant, number) = await TenantAsync();
        await number.SayAsync("+5511987654321", text);
        await number.SayAsync("+5511987654321", "something else 🙂");
        var found = Assert.Single(await MessagesAsync(tenant, q))!;
        Assert.Equal(text, (string)found["content"]!);
        Assert.Equal(marked, string.Join(' ', Marked(found["snippet"]!)));
    }

    [Fact]
    public async Task An_edited_message_is_found_by_its_new_words_and_a_deleted_one_not_at_all()
    {
        var (tenant, number) = await TenantAsync();
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.m", "meet me at the harbour")}]"));
        Assert.Single(await MessagesAsync(tenant, "harbour"));
        await number.PostAsync(number.Body("""[{"from":"5511987654321","id":"wamid.e","timestamp":"1767225800","type":"edit","edit":{"original_message_id":"wamid.m","message":{"type":"text","text":{"body":"meet me at the station"}}}}]"""));
        Assert.Empty(await MessagesAsync(tenant, "harbour"));
        Assert.Single(await MessagesAsync(tenant, "station"));
        await number.PostAsync(number.Body("""[{"from":"5511987654321","id":"wamid.d","timestamp":"1767225900","type":"revoke","revoke":{"original_message_id":"wamid.m"}}]"""));
        var all = await tenant.Viewer.GetJsonAsync("/api/search?q=station");
        Assert.All(new[] { "messages", "conversations" }, section => Assert.Empty(all[section]!["items"]!.AsArray()));
    }

    [Fact]
    public async Task What_we_wrote_is_found_too()
    {
        var (tenant, number) = await TenantAsync();
        await number.SayAsync("+5511987654321", "hello");
        var conversation = (string)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!;
        await tenant.Editor.PostJsonAsync($"/api/conversations/{conversation}/messages", new { content = "We open on Thursday at nine" }, 202);
        Assert.Equal("outbound", (string)Assert.Single(await MessagesAsync(tenant, "thursday"))!["direction"]!);
    }

    [Fact]
    public async Task Another_tenant_finds_nothing_of_it()
    {
        var (mine, number) = await TenantAsync();
        var (theirs, _) = await TenantAsync();
        await number.SayAsync("+5511987650001", "the confidential blueprint", "Zelda Quist");
        var everything = await mine.Viewer.GetJsonAsync("/api/search?q=blueprint");
        Assert.Single(everything["messages"]!["items"]!.AsArray());
        var contact = (string)(await mine.Viewer.GetJsonAsync("/api/search?q=zelda"))["contacts"]!["items"]![0]!["id"]!;
        foreach (var q in new[] { "blueprint", "zelda", "5511987650001", "987650001" })
            foreach (var filter in new[] { "", $"&contact_id={contact}", $"&integration_id={number.Id}" })
            {
                var answer = await theirs.Viewer.GetJsonAsync($"/api/search?q={q}{filter}");
                foreach (var section in new[] { "messages", "contacts", "conversations" }) Assert.Empty(answer[section]!["items"]!.AsArray());
            }

        // And so for each statement of the store, which runs in the role that sees all tenants.
        var store = fixture.App.Get<SearchStore>();
        foreach (var q in new[] { "blueprint", "zelda", "987650001" })
        {
            var query = (await store.ReadAsync(SearchWords.Read(q), default))!;
            Assert.Empty(await store.FindMessagesAsync(theirs.Id, query, new(), null, 10, default));
            Assert.Empty(await store.FindMessagesAsync(theirs.Id, query, new(ContactId: Guid.Parse(contact)), null, 10, default));
            Assert.Empty(await store.FindContactsAsync(theirs.Id, query, new(), null, 10, default));
            Assert.Empty(await store.FindConversationsAsync(theirs.Id, query, new(), null, 10, default));
            Assert.Empty(await store.ListOthersAsync(theirs.Id, query, new(), null, [(Guid)everything["messages"]!["items"]![0]!["conversation_id"]!], default));
        }
    }

    [Fact]
    public async Task People_are_found_by_a_beginning_of_their_name_and_any_part_of_their_number()
    {
        var (tenant, number) = await TenantAsync();
        await number.SayAsync("+5511987654321", "hello", "Núria Vale");
        await number.SayAsync("+4915112345678", "hello", "Liam Ortiz");
        foreach (var q in new[] { "nuria", "vale nur", "+55 11 98765-43", "987654", "Val" })
        {
            var answer = await tenant.Viewer.GetJsonAsync($"/api/search?q={Uri.EscapeDataString(q)}");
            var contact = Assert.Single(answer["contacts"]!["items"]!.AsArray())!;
            Assert.Equal("Núria Vale", (string)contact["name"]!);
            var conversation = Assert.Single(answer["conversations"]!["items"]!.AsArray())!;
            Assert.Equal((string)contact["conversation_id"]!, (string)conversation["id"]!);
            Assert.Null(conversation["message_id"]);
        }
        Assert.Equal("Núria", Marked((await tenant.Viewer.GetJsonAsync("/api/search?q=nuria&type=contacts"))["contacts"]!["items"]![0]!["snippet"]!).Single());
    }

    [Fact]
    public async Task A_conversation_is_found_by_what_was_said_in_it_once_with_the_newest_match()
    {
        var (tenant, number) = await TenantAsync();
        for (var i = 1; i <= 3; i++) await number.SayAsync("+5511987654321", $"invoice {i}");
        await number.SayAsync("+4915112345678", "invoice of mine", "Liam");
        await number.SayAsync("+4915112345678", "thanks", "Liam");
        var found = (await tenant.Viewer.GetJsonAsync("/api/search?q=invoice&type=conversations"))["conversations"]!["items"]!.AsArray();
        Assert.Equal(["Liam", "Ana"], found.Select(one => (string)one!["contact_name"]!));
        Assert.Equal(["invoice of mine", "invoice 3"], found.Select(one => (string)one!["snippet"]!["text"]!));
    }

    [Fact]
    public async Task Filters_narrow_what_is_found()
    {
        var (tenant, number) = await TenantAsync();
        var other = await tenant.HasWhatsAppAsync();
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.old", "parcel one", at: 1735689600)}]"));   // 2025-01-01
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.new", "parcel two", at: 1738368000)}]"));   // 2025-02-01
        await other.PostAsync(other.Body($"[{TestNumber.TextMessage("wamid.other", "parcel three", "4915112345678", 1738454400)}]", contacts: """[{"profile":{"name":"Liam"},"wa_id":"4915112345678"}]"""));
        var contact = (string)(await tenant.Viewer.GetJsonAsync("/api/search?q=liam&type=contacts"))["contacts"]!["items"]![0]!["id"]!;
        Assert.Equal(["three", "two", "one"], await EndsAsync(""));
        Assert.Equal(["three"], await EndsAsync($"&integration_id={other.Id}"));
        Assert.Equal(["three"], await EndsAsync($"&contact_id={contact}"));
        Assert.Equal(["three", "two", "one"], await EndsAsync("&channel=whatsapp"));
        Assert.Empty(await EndsAsync("&channel=sms"));
        Assert.Equal(["three", "two"], await EndsAsync("&after=2025-02-01"));
        Assert.Equal(["one"], await EndsAsync("&before=2025-02-01T00:00:00Z"));
        Assert.Equal(["two"], await EndsAsync("&after=2025-01-15&before=2025-02-02"));
        Assert.Empty(await EndsAsync($"&contact_id={Guid.Empty}"));

        async Task<List<string>> EndsAsync(string filter) => [.. (await MessagesAsync(tenant, "parcel", filter)).Select(message => ((string)message!["content"]!).Split(' ')[1])];
    }

    [Fact]
    public async Task All_history_is_found_however_far_back_and_page_after_page()
    {
        // More than a walk covers, in one conversation beside a small one; rare words old, common ones everywhere.
        var (tenant, number) = await TenantAsync();
        await number.SayAsync("+5511987654321", "first");
        var conversation = (await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!;
        await using (var connection = new Npgsql.NpgsqlConnection(fixture.App.ConnectionString))
        {
            await connection.OpenAsync();
            await Dapper.SqlMapper.ExecuteAsync(connection, """
                call enter_system();
                insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, status, author, occurred_at, created_at)
                select m.tenant_id, gen_random_uuid(), m.conversation_id, m.contact_id, m.integration_id, m.channel, 'inbound', 'text',
                    'common number ' || n || case when n = 7 then ' buried treasure' when n % 2000 = 0 then ' milestone' else '' end, 'delivered', 'contact',
                    timestamptz '2020-01-01' + n * interval '1 minute', now()
                from messages m, generate_series(1, 13000) n
                where m.tenant_id = @tenant
                """, new { tenant = tenant.Id });
        }
        foreach (var filter in new[] { "", $"&contact_id={conversation["contact_id"]}" })
        {
            Assert.Equal("common number 7 buried treasure", (string)Assert.Single(await MessagesAsync(tenant, "buried treas", filter))!["content"]!);
            Assert.Equal(["12000", "10000", "8000", "6000", "4000", "2000"], (await MessagesAsync(tenant, "milestone", filter)).Select(Number));
            Assert.Single(await MessagesAsync(tenant, "\"number 3\" common", filter));
            Assert.Single(await MessagesAsync(tenant, "milestone", filter + "&before=2020-01-03"));

            string? cursor = null;
            var seen = new List<string>();
            do
            {
                var page = (await tenant.Viewer.GetJsonAsync($"/api/search?q=milestone&type=messages&limit=4{filter}{(cursor is null ? "" : $"&cursor={cursor}")}"))["messages"]!;
                seen.AddRange(page["items"]!.AsArray().Select(Number));
                cursor = (string?)page["next_cursor"];
            }
            while (cursor is not null);
            Assert.Equal(["12000", "10000", "8000", "6000", "4000", "2000"], seen);
        }
        Assert.Single((await tenant.Viewer.GetJsonAsync("/api/search?q=milestone&type=conversations"))["conversations"]!["items"]!.AsArray());

        var pages = 0;
        string? next = null;
        var numbers = new List<string>();
        do
        {
            var page = (await tenant.Viewer.GetJsonAsync($"/api/search?q=comm&type=messages&limit=200{(next is null ? "" : $"&cursor={next}")}"))["messages"]!;
            numbers.AddRange(page["items"]!.AsArray().Select(Number));
            next = (string?)page["next_cursor"];
        }
        while (next is not null && ++pages < 100);
        Assert.Equal(Enumerable.Range(1, 13000).Reverse().Select(n => n.ToString()), numbers);

        static string Number(JsonNode? message) => ((string)message!["content"]!).Split(' ')[2];
    }

    [Fact]
    public async Task Pages_of_people_and_conversations_go_on_without_gap_or_repetition()
    {
        var (tenant, number) = await TenantAsync();
        for (var i = 0; i < 9; i++) await number.SayAsync($"+55119876543{i:00}", i % 3 == 0 ? "hello" : "hello robin", i % 2 == 0 ? $"Robin {i}" : $"Sam {i}");
        Assert.Equal(["Robin 8", "Robin 6", "Robin 4", "Robin 2", "Robin 0"], await WalkAsync("contacts", "name"));
        // By their name or by what was said, in the order of the match.
        Assert.Equal(["Robin 8", "Sam 7", "Robin 6", "Sam 5", "Robin 4", "Robin 2", "Sam 1", "Robin 0"], await WalkAsync("conversations", "contact_name"));

        async Task<List<string>> WalkAsync(string section, string name)
        {
            var names = new List<string>();
            string? cursor = null;
            do
            {
                var page = (await tenant.Viewer.GetJsonAsync($"/api/search?q=robin&type={section}&limit=2{(cursor is null ? "" : $"&cursor={cursor}")}"))[section]!;
                names.AddRange(page["items"]!.AsArray().Select(item => (string)item![name]!));
                cursor = (string?)page["next_cursor"];
            }
            while (cursor is not null && names.Count < 50);
            return names;
        }
    }

    [Theory]
    [InlineData("", "q")]
    [InlineData("q=", "q")]
    [InlineData("q=%20%20", "q")]
    [InlineData("q=-only", "q")]
    [InlineData("q=a%00b", "q")]
    [InlineData("q=a&type=people", "type")]
    [InlineData("q=a&channel=pigeon", "channel")]
    [InlineData("q=a&after=yesterday", "after")]
    [InlineData("q=a&before=31.31.2026", "before")]
    [InlineData("q=a&limit=0", "limit")]
    [InlineData("q=a&limit=201", "limit")]
    [InlineData("q=a&cursor=x&type=messages", "cursor")]
    [InlineData("q=a&cursor=x", "cursor")]
    public async Task What_cannot_be_asked_is_refused_in_words(string query, string field)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var answer = await tenant.Viewer.GetJsonAsync($"/api/search?{query}", 400);
        Assert.NotEmpty((string)answer["errors"]![field]![0]!);
    }

    [Fact]
    public async Task What_is_too_long_is_refused_in_words()
    {
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var length in new[] { 257, 7000 })
            Assert.Contains("At most 256", (string)(await tenant.Viewer.GetJsonAsync($"/api/search?q={new string('a', length)}", 400))["errors"]!["q"]![0]!);
        await tenant.Viewer.GetJsonAsync($"/api/search?q={new string('字', 256)}");
    }

    [Theory]
    [InlineData("&")]
    [InlineData("|!&()<->:*")]
    [InlineData("'")]
    [InlineData("''':*")]
    [InlineData("\\")]
    [InlineData("a\\'b")]
    [InlineData("\"")]
    [InlineData("\"\"")]
    [InlineData("\"unclosed phrase")]
    [InlineData("- - -")]
    [InlineData("--")]
    [InlineData("-\"")]
    [InlineData("a -")]
    [InlineData("<b>x</b>")]
    [InlineData("%")]
    [InlineData("%%%")]
    [InlineData("___")]
    [InlineData("a:*")]
    [InlineData("a:b & c | !d")]
    [InlineData("a <-> b")]
    [InlineData("'; drop table messages; --")]
    [InlineData("👍")]
    [InlineData("👨‍👩‍👧‍👦🏽")]
    [InlineData("\u202Eabc\u202C")]
    [InlineData("مرحبا -كلمة \"عبارة\"")]
    [InlineData("\uFFFD\uFFFF")]
    [InlineData("ﷺﷺﷺ")]
    [InlineData("e\u0301\u0301\u0301")]
    [InlineData("\u0301")]
    [InlineData("1e10 -5 3.14 0x1f")]
    [InlineData("a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z")]
    public async Task Nothing_that_is_typed_breaks_it(string q)
    {
        var (tenant, number) = await TenantAsync();
        await number.SayAsync("+5511987654321", "unrelated wisdom of the ancients");
        foreach (var type in new[] { "", "&type=messages", "&type=contacts", "&type=conversations" })
        {
            // What only excludes is refused in words.
            var status = (int)(await tenant.Viewer.GetAsync($"/api/search?q={Uri.EscapeDataString(q)}{type}")).StatusCode;
            Assert.True(status is 200 or 400, $"{q}: {status}");
        }
    }

    [Fact]
    public async Task Whatever_a_customer_writes_can_be_stored()
    {
        var (tenant, number) = await TenantAsync();
        string[] texts =
        [
            new string('ﷺ', 20_000), string.Join(' ', Enumerable.Range(0, 15_000).Select(i => $"w{i}")), new string('a', 60_000), string.Concat(Enumerable.Repeat("👍🏽", 10_000)),
            string.Join(' ', Enumerable.Range(0x4e00, 20_000).Select(i => (char)i)), "\u200b\u200d\ufe0f", "<script>alert('x')</script> & &amp; http://x.example/?a=b#c",
        ];
        for (var i = 0; i < texts.Length; i++) Assert.True((await number.PostAsync(number.Body($"[{TestNumber.TextMessage($"wamid.{i}", texts[i])}]"))).IsSuccessStatusCode);
        Assert.Equal(texts.Length, (await tenant.Viewer.GetJsonAsync($"/api/conversations/{(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]}/messages"))["items"]!.AsArray().Count);
        Assert.Single(await MessagesAsync(tenant, "w14999"));
        Assert.Contains("<script>", (string)Assert.Single(await MessagesAsync(tenant, "alert"))!["snippet"]!["text"]!);
    }

    [Fact]
    public async Task Only_who_signed_in_may_search()
    {
        await fixture.App.Http.GetJsonAsync("/api/search?q=a", 401);
    }

    async Task<(TestTenant Tenant, TestNumber Number)> TenantAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        return (tenant, await tenant.HasWhatsAppAsync());
    }

    static async Task<JsonArray> MessagesAsync(TestTenant tenant, string q, string filter = "") =>
        (await tenant.Viewer.GetJsonAsync($"/api/search?type=messages&q={Uri.EscapeDataString(q)}{filter}"))["messages"]!["items"]!.AsArray();

    static IEnumerable<string> Marked(JsonNode snippet) =>
        snippet["ranges"]!.AsArray().Select(range => ((string)snippet["text"]!).Substring((int)range!["start"]!, (int)range["length"]!));
}
