using Parley.Channels.Adapters.Unipile;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Unipile;

public sealed class UnipileHistoryTests
{
    [Fact]
    public async Task Accounts_say_what_they_are_and_how_they_are()
    {
        var provider = ProviderStub.Answering(200, """
            {"object":"AccountList","total_count":6,"cursor":null,"items":[
              {"object":"Account","id":"ig","type":"INSTAGRAM","name":"shop","connection_params":{"im":{"id":"1784","username":"shop"}},"sources":[{"id":"ig_MESSAGING","status":"OK"}],"groups":[]},
              {"id":"wa","type":"WHATSAPP","name":"","connection_params":{"im":{"phone_number":"5511987654321"}},"sources":[{"status":"CONNECTING"},{"status":"OK"}]},
              {"id":"li","type":"LINKEDIN","name":"Ana","connection_params":{"im":{"id":"ACo1","premiumFeatures":["recruiter"]}},"sources":[{"status":"CONNECTING"},{"status":"CREDENTIALS"}]},
              {"id":"ml","type":"GOOGLE_OAUTH","name":"mail","connection_params":{"mail":{}},"sources":[{"status":"OK"}]},
              {"id":"tg","type":"TELEGRAM","name":"t","sources":[{"status":"HIBERNATING"}]},
              {"type":"INSTAGRAM"}, 7]}
            """);
        var page = await Over(provider).ListAccountsAsync(Accounts.Instagram, null, Token);

        Assert.Equal(
            ["ig instagram shop Ok 1784", "wa whatsapp 5511987654321 Connecting +5511987654321", "li linkedin Ana NeedsAttention ACo1", "ml  mail Ok ", "tg telegram t NeedsAttention "],
            page.Items.Select(one => $"{one.ExternalId} {one.Channel} {one.Name} {one.Health} {one.OwnHandle}"));
        Assert.Equal(2, page.Unreadable);
        Assert.Equal("https://api7.unipile.example:13742/api/v1/accounts?limit=250", provider.Requests.Single().Request.RequestUri!.AbsoluteUri);
        Assert.Equal(Accounts.Key, provider.Requests.Single().Request.Headers.GetValues("X-API-KEY").Single());
    }

    [Fact]
    public async Task Chats_are_read_with_all_their_oddities()
    {
        var page = await Over(ProviderStub.Answering(200, """
            {"object":"ChatList","cursor":"next","items":[
              {"object":"Chat","id":"c1","account_id":"Kp3","account_type":"INSTAGRAM","provider_id":"340","attendee_provider_id":"555","name":"Bia","type":0,"timestamp":"2026-03-04T09:15:28.000Z",
               "unread_count":2,"unread":1,"archived":0,"muted_until":-1,"read_only":0,"pinned":1,"disabledFeatures":["reply"],"folder":["INBOX","A_NEW_ONE"],"moon":"full"},
              {"id":"c2","provider_id":"341","name":null,"type":"1","timestamp":null,"unread_count":0,"archived":true,"read_only":2,"subject":"Team"},
              {"id":"c3","provider_id":"342","type":0,"timestamp":"2026-03-04T09:15:28Z"},
              {"id":"","provider_id":"343"}, null]}
            """)).ListChatsAsync(Accounts.Instagram, null, 250, Token);

        Assert.Equal("next", page.Cursor);
        Assert.Equal(2, page.Unreadable);
        var (single, group, bare) = (page.Items[0], page.Items[1], page.Items[2]);
        Assert.Equal(("c1", "340", "555", "Bia", 2, false), (single.ThreadId, single.NetworkId, single.With!.Handle, single.With.Name, single.UnreadCount, single.IsReadOnly));
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 9, 15, 28, TimeSpan.Zero), single.LastActivityAt);
        Assert.Equal("""{"account_type":"INSTAGRAM","attendee_provider_id":"555","muted_until":-1,"read_only":0,"pinned":1,"disabledFeatures":["reply"],"folder":["INBOX","A_NEW_ONE"]}""", single.Details!.ToJsonString());
        Assert.Equal((true, true, true, "341", "Team", (DateTimeOffset?)null), (group.IsGroup, group.IsArchived, group.IsReadOnly, group.With!.Handle, group.With.Name, group.LastActivityAt));
        Assert.Null(bare.With);
        Assert.Equal(single.LastActivityAt, bare.LastActivityAt);
    }

    [Fact]
    public async Task The_first_page_is_asked_with_filters_and_the_next_with_the_cursor_alone_percent_encoded()
    {
        var provider = ProviderStub.Answering(200, """{"items":[],"cursor":null}""");
        await Over(provider).ListChatsAsync(Accounts.Instagram, null, 9999, Token);
        await Over(provider).ListChatsAsync(Accounts.Instagram, "a+b/c==", 0, Token);
        await Over(provider).ListMessagesAsync(Accounts.Instagram, Query() with { Since = new(2026, 3, 4, 12, 15, 27, TimeSpan.FromHours(3)) }, Token);
        await Over(provider).ListMessagesAsync(Accounts.Instagram, Query() with { ThreadId = "a=@:b", Since = DateTimeOffset.UnixEpoch, Cursor = "c", Limit = 7 }, Token);
        await Over(provider).ListMembersAsync(Accounts.Instagram, "..", null, Token);

        const string root = "https://api7.unipile.example:13742/api/v1";
        Assert.Equal(
            [
                $"{root}/chats?account_id={Accounts.Id}&limit=250", $"{root}/chats?cursor=a%2Bb%2Fc%3D%3D&limit=1",
                $"{root}/chats/{Accounts.Chat}/messages?after=2026-03-04T09%3A15%3A27.000Z&limit=250", $"{root}/chats/a%3D%40%3Ab/messages?cursor=c&limit=7",
                $"{root}/chats/%2E/attendees",
            ],
            provider.Requests.Select(one => one.Request.RequestUri!.OriginalString));
    }

    [Fact]
    public async Task A_message_keeps_everything_that_matters_and_nothing_of_the_raw_data()
    {
        var message = await Single("""
            {"object":"Message","original":"{\"huge\":1}","seen_by":{"555":"2026-03-04T09:20:00.000Z","556":true,"557":false},"id":"m1","account_id":"Kp3","chat_id":"h2","chat_provider_id":"340","provider_id":"318",
             "sender_id":"1784","sender_attendee_id":"d0F","text":"We do!","subject":null,"timestamp":"2026-03-04T09:16:00.482Z","is_sender":1,"attachments":[],
             "reactions":[{"value":"❤️","sender_id":"555","is_sender":false},{"value":"","sender_id":"5"},{"sender_id":"6"}],"seen":1,"delivered":1,"hidden":0,"deleted":0,"edited":1,"is_event":0,"behavior":0,
             "reply_to":{"id":"m0","provider_id":"317","text":null},"message_type":"MESSAGE","moon":{"phase":[1]}}
            """);
        Assert.Equal(("m1", "318", Accounts.Chat[..2], true, true, true), (message.ExternalId, message.NetworkId, message.ThreadId, message.IsEcho, message.IsEdited, message.IsSeen == true));
        Assert.Equal([new SeenBy("555", new(2026, 3, 4, 9, 20, 0, TimeSpan.Zero)), new("556", null)], message.SeenBy!);
        Assert.Equal([new MessageReaction("555", "❤️", false)], message.Reactions!);
        Assert.Equal(("m0", "317", "text", "We do!"), (message.ReplyToExternalId, message.ReplyToNetworkId, message.Type, message.Content));
        Assert.Equal(Accounts.Id, message.AccountId);
        Assert.Same(Accounts.Bia, message.With);
        Assert.Equal(["behavior", "chat_provider_id", "reply_to", "sender_attendee_id", "sender_id"], message.Details!.Select(one => one.Key).Order());
    }

    [Theory]
    [InlineData(""" "attachments":[{"type":"img","id":"a","sticker":true}] """, "sticker", null)]
    [InlineData(""" "attachments":[{"unavailable":false,"id":"a","type":"video"}],"text":"look" """, "video", "look")]
    [InlineData(""" "attachments":[{"type":"audio","id":"a","voice_note":1}],"text":null """, "audio", null)]
    [InlineData(""" "attachments":[{"type":"doc","id":"a"}] """, "document", null)]
    [InlineData(""" "attachments":[{"type":"file","id":"a"}] """, "document", null)]
    [InlineData(""" "attachments":[{"type":"linkedin_post","id":"a"}],"text":"see" """, "text", "see")]
    [InlineData(""" "attachments":[{"type":"video_meeting","id":"a","url":"https://meet.example/1","starts_at":null}] """, "text", "https://meet.example/1")]
    [InlineData(""" "attachments":[{"type":"hologram","id":"a","url":"att://x"}] """, "unsupported", null)]
    [InlineData(""" "attachments":"none","text":"a" """, "text", "a")]
    [InlineData(""" "text":" " """, "unsupported", null)]
    [InlineData(""" "text":null,"deleted":1 """, "text", null)]
    [InlineData(""" "text":null,"is_event":1,"event_type":8 """, "event", "Missed voice call.")]
    [InlineData(""" "text":"Ana joined","is_event":true,"event_type":12 """, "event", "Ana joined")]
    [InlineData(""" "text":null,"is_event":"1","event_type":null """, "event", "Something happened in this chat.")]
    [InlineData(""" "text":null,"subject":"An offer","message_type":"INMAIL" """, "text", "An offer")]
    public async Task Each_kind_of_message_has_a_type_of_ours(string members, string type, string? content)
    {
        var message = await Single($$"""{"id":"m","timestamp":"2026-03-04T09:16:00.482Z",{{members}}}""");
        Assert.Equal((type, content), (message.Type, message.Content));
    }

    [Theory]
    [InlineData("\"2026-03-04T09:16:00.482Z\"", "2026-03-04T09:16:00.482Z")]
    [InlineData("\"2026-03-04T09:16:00Z\"", "2026-03-04T09:16:00.000Z")]
    [InlineData("\"2026-03-04T09:16:00.482913Z\"", "2026-03-04T09:16:00.482Z")]
    [InlineData("\"2026-03-04T11:16:00+02:00\"", "2026-03-04T09:16:00.000Z")]
    [InlineData("\"2026-03-04T09:16:00.4\"", "2026-03-04T09:16:00.400Z")]
    [InlineData("1772615760482", "2026-03-04T09:16:00.482Z")]
    [InlineData("\"1772615760\"", "2026-03-04T09:16:00.000Z")]
    [InlineData("\"09:16\"", null)]
    [InlineData("\"yesterday\"", null)]
    [InlineData("null", null)]
    [InlineData("-5", null)]
    public async Task Times_are_read_however_precise_and_asked_for_in_the_one_form_that_is_taken(string given, string? asked)
    {
        var stub = ProviderStub.Answering(200, $$"""{"items":[{"id":"m","timestamp":{{given}}}],"cursor":null}""");
        var page = await Over(stub).ListMessagesAsync(Accounts.Instagram, Query(), Token);
        Assert.Equal(asked is null ? 1 : 0, page.Unreadable);
        if (asked is null) return;

        await Over(stub).ListMessagesAsync(Accounts.Instagram, Query() with { Since = page.Items.Single().SentAt }, Token);
        Assert.Contains($"after={Uri.EscapeDataString(asked)}&", stub.Requests[1].Request.RequestUri!.Query);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("\"true\"", true)]
    [InlineData("\"1\"", true)]
    [InlineData("0", false)]
    [InlineData("false", false)]
    [InlineData("\"false\"", false)]
    [InlineData("null", false)]
    [InlineData("[]", false)]
    [InlineData("\"perhaps\"", false)]
    public async Task Flags_come_as_numbers_booleans_and_words(string given, bool expected)
    {
        var message = await Single($$"""{"id":"m","timestamp":"2026-03-04T09:16:00.482Z","is_sender":{{given}},"hidden":{{given}},"deleted":{{given}},"edited":{{given}}}""");
        Assert.Equal((expected, expected, expected, expected), (message.IsEcho, message.IsHidden, message.IsDeleted, message.IsEdited));
    }

    [Fact]
    public async Task The_writer_in_a_group_is_named_if_known_and_our_side_is_not_a_writer()
    {
        var group = new Correspondent("120@g.us", [], "Team", IsGroup: true);
        var dora = new Correspondent("+5521912345678", [], "Dora");
        var page = await Over(ProviderStub.Answering(200, """
            {"items":[{"id":"1","timestamp":"2026-03-04T09:16:00.482Z","sender_id":"77@lid"},{"id":"2","timestamp":"2026-03-04T09:16:00.482Z","sender_id":"5521912345678@s.whatsapp.net"},
            {"id":"3","timestamp":"2026-03-04T09:16:00.482Z"},{"id":"4","timestamp":"2026-03-04T09:16:00.482Z","sender_id":"me","is_sender":1}]}
            """)).ListMessagesAsync(Accounts.Account("whatsapp"), new("c", group, People: new Dictionary<string, Correspondent> { ["77@lid"] = dora }), Token);
        Assert.Equal(["+5521912345678 Dora", "+5521912345678 ", "unknown ", " "], page.Items.Select(one => $"{one.Sender?.Handle} {one.Sender?.Name}"));
        Assert.All(page.Items, one => Assert.Equal("c", one.ThreadId));
    }

    [Fact]
    public async Task People_have_numbers_where_the_network_has_numbers()
    {
        var page = await Over(ProviderStub.Answering(200, """
            {"object":"ChatAttendeeList","items":[
              {"id":"1","provider_id":"5511987654321@s.whatsapp.net","name":"Bia","is_self":0},
              {"id":"2","provider_id":"77@lid","name":"77@lid","is_self":1,"specifics":{"provider":"WHATSAPP","phone_number":"hidden"}},
              {"id":"3","provider_id":"78@lid","name":"Caio","specifics":{"phone_number":"5521912345678"}},
              {"id":"4","provider_id":"5511987654321:12@s.whatsapp.net"},
              {"name":"nobody"}],"cursor":null}
            """)).ListMembersAsync(Accounts.Account("whatsapp"), "c", null, Token);
        Assert.Equal(
            ["+5511987654321 () Bia False", "77@lid ()  True", "+5521912345678 (78@lid) Caio False", "+5511987654321 ()  False"],
            page.Items.Select(one => $"{one.Person.Handle} ({string.Join(' ', one.Person.OtherHandles)}) {one.Person.Name} {one.IsUs}"));
        Assert.Equal(1, page.Unreadable);
    }

    [Fact]
    public async Task On_Instagram_a_person_is_found_by_user_name_and_written_to_by_the_messaging_id()
    {
        var stub = ProviderStub.Answering(200, """{"provider":"INSTAGRAM","provider_id":"900","provider_messaging_id":"5551112223334","public_identifier":"bia.prado","full_name":"Bia Prado"}""");
        var found = (await Over(stub).FindPersonAsync(Accounts.Instagram, " @bia.prado ", Token)).Item!;
        Assert.Equal(("5551112223334", "Bia Prado", "bia.prado"), (found.Handle, found.Name, found.UserName));
        Assert.EndsWith($"/users/bia.prado?account_id={Accounts.Id}", stub.Requests.Single().Request.RequestUri!.AbsoluteUri);

        Assert.Equal("+5511987654321", (await Over(stub).FindPersonAsync(Accounts.Account("whatsapp"), "+55 11 98765-4321", Token)).Item!.Handle);
        Assert.Equal("not_found", (await Over(stub).FindPersonAsync(Accounts.Instagram, "@", Token)).Failure!.Code);
        Assert.Single(stub.Requests);
    }

    [Fact]
    public async Task A_page_that_leads_to_itself_is_a_failure()
    {
        var channel = Over(ProviderStub.Answering(200, """{"items":[{"id":"c1"}],"cursor":"same"}"""));
        Assert.Equal("same", (await channel.ListChatsAsync(Accounts.Instagram, null, 250, Token)).Cursor);

        var again = await channel.ListChatsAsync(Accounts.Instagram, "same", 250, Token);
        Assert.Equal(("unreadable", null, 0), (again.Failure!.Code, again.Cursor, again.Items.Count));
    }

    [Theory]
    [InlineData(401, "missing_credentials", "account_invalid")]
    [InlineData(401, "disconnected_account", "account_disconnected")]
    [InlineData(401, "a_new_reason", "account_disconnected")]
    [InlineData(400, "invalid_parameters", "rejected")]
    [InlineData(403, "account_restricted", "rejected")]
    [InlineData(404, "resource_not_found", "not_found")]
    [InlineData(422, "invalid_account", "rejected")]
    [InlineData(422, "provider_unreachable", "provider_unavailable")]
    [InlineData(429, "too_many_requests", "rate_limited")]
    [InlineData(500, "provider_error", "provider_unavailable")]
    [InlineData(501, "feature_not_implemented", "unsupported")]
    [InlineData(503, "no_client_session", "provider_unavailable")]
    [InlineData(504, "request_timeout", "provider_unavailable")]
    [InlineData(401, null, "account_invalid")]
    [InlineData(404, null, "unreadable")]
    [InlineData(302, null, "unreadable")]
    [InlineData(429, null, "rate_limited")]
    [InlineData(502, null, "provider_unavailable")]
    [InlineData(200, null, "unreadable")]
    public async Task A_refused_read_says_why_and_whether_to_come_again(int status, string? type, string code)
    {
        var body = type is null ? "<html><h1>It works!</h1></html>" : $$"""{"status":{{status}},"type":"errors/{{type}}","title":"t {{Accounts.Key}}","detail":"d"}""";
        var channel = Over(ProviderStub.Answering(status, body, new Dictionary<string, string> { ["Retry-After"] = "9" }));
        var failure = (await channel.ListMessagesAsync(Accounts.Instagram, Query(), Token)).Failure!;

        Assert.Equal(code, failure.Code);
        Assert.Equal(code is "rate_limited" or "provider_unavailable" or "unreadable", failure.Retry == Retry.Later);
        Assert.Equal(failure.Retry == Retry.Later && status != 200 ? TimeSpan.FromSeconds(9) : null, failure.RetryAfter);
        Assert.DoesNotContain(Accounts.Key, $"{failure.Words}{failure.ProviderText}");
        Assert.Equal(failure, (await channel.FindAccountAsync(Accounts.Instagram, Token)).Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"items\":[{\"id\":\"c")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"items\":{}}")]
    [InlineData("{\"object\":\"ChatList\"}")]
    public async Task An_answer_that_makes_no_sense_is_never_an_empty_history(string body) =>
        Assert.Equal("unreadable", (await Over(ProviderStub.Answering(200, body)).ListChatsAsync(Accounts.Instagram, null, 250, Token)).Failure!.Code);

    [Fact]
    public async Task A_connection_that_breaks_or_never_was_is_a_value()
    {
        var broken = Over(ProviderStub.Failing(() => new HttpRequestException($"while asking with {Accounts.Key}")));
        var failure = (await broken.ListChatsAsync(Accounts.Instagram, null, 250, Token)).Failure!;
        Assert.Equal(("connection_failed", Retry.Later), (failure.Code, failure.Retry));
        Assert.DoesNotContain(Accounts.Key, failure.ProviderText);

        using var http = ChannelHttp.Create();
        var nowhere = await new UnipileChannel(http, TimeProvider.System).ListChatsAsync(Accounts.Account("instagram", ("base_url", RawServer.ClosedUrl())), null, 250, Token);
        Assert.Equal("connection_failed", nowhere.Failure!.Code);
    }

    [Fact]
    public async Task Whoever_asks_may_stop_asking()
    {
        using var stopped = new CancellationTokenSource(30);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Over(ProviderStub.Silent()).ListChatsAsync(Accounts.Instagram, null, 250, stopped.Token));
    }

    [Fact]
    public async Task A_page_of_many_megabytes_is_read_whole()
    {
        var original = new string('x', 20_000);
        var items = string.Join(',', Enumerable.Range(0, 250).Select(number => $$"""{"id":"m{{number}}","timestamp":"2026-03-04T09:16:00.482Z","text":"{{number}}","original":"{{original}}"}"""));
        var page = await Over(ProviderStub.Answering(200, $$"""{"items":[{{items}}],"cursor":null}""")).ListMessagesAsync(Accounts.Instagram, Query(), Token);
        Assert.Equal(Enumerable.Range(0, 250).Select(number => $"{number}"), page.Items.Select(one => one.Content));
    }

    [Theory]
    [InlineData("api7.unipile.example:13742", "https://api7.unipile.example:13742/api/v1/accounts/x")]
    [InlineData("https://api7.unipile.example:13742/", "https://api7.unipile.example:13742/api/v1/accounts/x")]
    [InlineData("http://127.0.0.1:8200", "http://127.0.0.1:8200/api/v1/accounts/x")]
    [InlineData("http://127.0.0.1:8200/unipile", "http://127.0.0.1:8200/unipile/api/v1/accounts/x")]
    [InlineData("https://api7.unipile.example:13742/api/v1", "https://api7.unipile.example:13742/api/v1/accounts/x")]
    [InlineData("https://api7.unipile.example?port=13742", "https://api7.unipile.example/api/v1/accounts/x?port=13742")]
    [InlineData("ftp://api7.unipile.example", null)]
    [InlineData("https://user:word@api7.unipile.example", null)]
    [InlineData("not an address", null)]
    public async Task A_DSN_is_taken_with_and_without_its_scheme(string dsn, string? expected)
    {
        var stub = ProviderStub.Answering(200, "{}");
        await Over(stub).FindAccountAsync(Accounts.Account("instagram", ("dsn", dsn)) with { ExternalId = "x" }, Token);
        Assert.Equal(expected, stub.Requests.SingleOrDefault().Request?.RequestUri!.OriginalString);
    }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static MessageQuery Query() => new(Accounts.Chat, Accounts.Bia);

    static UnipileChannel Over(ProviderStub provider) => new(new HttpMessageInvoker(provider), TimeProvider.System);

    static async Task<MessageReceived> Single(string message)
    {
        var found = await Over(ProviderStub.Answering(200, message)).FindMessageAsync(Accounts.Instagram, "m", Accounts.Bia, Token);
        return found.Item ?? throw new InvalidOperationException(found.Failure!.ToString());
    }
}
