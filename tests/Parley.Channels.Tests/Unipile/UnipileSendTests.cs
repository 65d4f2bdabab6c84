using System.Text.Json.Nodes;
using Parley.Channels.Adapters.Unipile;
using Parley.Channels.Contract;
using Parley.Channels.Tests.Support;
using Xunit;

namespace Parley.Channels.Tests.Unipile;

public sealed class UnipileSendTests
{
    const string Sent = """{"object":"MessageSent","message_id":"out-1"}""";

    [Fact]
    public async Task A_text_goes_into_its_chat()
    {
        var (result, request, parts) = await Send(Accounts.Text(replyTo: "in-1"));

        Assert.Equal(SendResult.Accepted("out-1", threadId: Accounts.Chat), result);
        Assert.Equal(HttpMethod.Post, request.Method);
        Assert.Equal($"https://api7.unipile.example:13742/api/v1/chats/{Accounts.Chat}/messages", request.RequestUri!.AbsoluteUri);
        Assert.StartsWith("multipart/form-data; boundary=", request.Content!.Headers.ContentType!.ToString());
        Assert.Equal([$"account_id={Accounts.Id}", "quote_id=in-1", "text=Hello"], parts);
    }

    [Fact]
    public async Task Without_a_chat_one_is_begun_with_the_person()
    {
        const string started = """{"object":"ChatStarted","chat_id":"new-chat","message_id":null}""";
        var (result, request, parts) = await Send(Accounts.Text(thread: null), answer: started);
        Assert.Equal(SendResult.Accepted(null, threadId: "new-chat"), result);
        Assert.EndsWith("/api/v1/chats", request.RequestUri!.AbsoluteUri);
        Assert.Equal([$"account_id={Accounts.Id}", "attendees_ids=5551112223334", "text=Hello"], parts);

        (_, _, parts) = await Send(Accounts.Text("+5511987654321", thread: null), Accounts.Account("whatsapp"), started);
        Assert.Contains("attendees_ids=5511987654321@s.whatsapp.net", parts);

        (_, _, parts) = await Send(
            Accounts.Text("ACo1", thread: null) with { Payload = JsonNode.Parse("""{"subject":"Hi","linkedin":{"api":"classic","inmail":true,"no]":"x"}}""")!.AsObject() }, Accounts.Account("linkedin"), started);
        Assert.Equal([$"account_id={Accounts.Id}", "attendees_ids=ACo1", "linkedin[api]=classic", "linkedin[inmail]=true", "subject=Hi", "text=Hello"], parts.Order());
    }

    [Theory]
    [InlineData("""{"object":"MessageSent","message_id":"out-1"}""", "out-1")]
    [InlineData("""{"object":"MessageSent","message_id":null}""", null)]
    [InlineData("""{"object":"MessageSent","message_id":["out-1"]}""", "out-1")]
    [InlineData("""{"object":"MessageSent","message_id":[]}""", null)]
    [InlineData("""{"object":"MessageSent"}""", null)]
    [InlineData("""{"message_id":"out-1"}""", "out-1")]
    public async Task A_message_was_taken_with_and_without_its_id(string answer, string? id)
    {
        var (result, _, _) = await Send(Accounts.Text(), answer: answer);
        Assert.Equal((id, null), (result.ExternalId, result.Failure));
    }

    [Theory]
    [InlineData("instagram", "audio", "audio/mp4", true, "attachments")]
    [InlineData("whatsapp", "audio", "audio/mpeg", true, "voice_message")]
    [InlineData("whatsapp", "audio", "audio/ogg; codecs=opus", true, "attachments")]
    [InlineData("linkedin", "audio", "audio/mp4", false, "attachments")]
    [InlineData("whatsapp", "image", "image/jpeg", true, "attachments")]
    public async Task A_file_travels_with_its_message(string channel, string kind, string mime, bool isVoice, string part)
    {
        var (result, request, parts) = await Send(
            Accounts.Text(content: "see") with { Type = kind, File = File(kind, mime, "prê\"ço.m4a"), Payload = isVoice ? new JsonObject { ["voice"] = true } : null }, Accounts.Account(channel));
        Assert.Equal("out-1", result.ExternalId);
        Assert.Equal([$"account_id={Accounts.Id}", "text=see", $"{part}=bytes"], parts);
        var disposition = Body(request).Split("\r\n").Single(line => line.Contains("filename=", StringComparison.Ordinal));
        Assert.Equal($"Content-Disposition: form-data; name=\"{part}\"; filename=\"pr__o.m4a\"; filename*=utf-8''pr%C3%AA%C3%A7o.m4a", disposition);
        Assert.Contains($"Content-Type: {mime}", Body(request));
    }

    [Theory]
    [InlineData("text", "", null, "content_invalid")]
    [InlineData("image", "x", null, "content_invalid")]
    [InlineData("image", "x", """{"link":"https://x.example/i.jpg"}""", "unsupported")]
    [InlineData("location", "x", """{"latitude":1,"longitude":2}""", "unsupported")]
    [InlineData("template", "x", null, "unsupported")]
    [InlineData("interactive", "x", null, "unsupported")]
    [InlineData("sticker", null, null, "unsupported")]
    [InlineData("reaction", "👍", null, "content_invalid")]
    [InlineData("reaction", null, """{"message_id":"m","emoji":""}""", "unsupported")]
    [InlineData("carrier_pigeon", "x", null, "unsupported")]
    public async Task What_cannot_be_said_is_refused_before_anything_is_sent(string type, string? content, string? payload, string expected)
    {
        var stub = ProviderStub.Answering(201, Sent);
        var message = Accounts.Text() with { Type = type, Content = content, Payload = payload is null ? null : JsonNode.Parse(payload)!.AsObject() };
        Assert.Equal(expected, (await Over(stub).SendAsync(message, Accounts.Instagram, Token)).Failure?.Code);
        Assert.Empty(stub.Requests);
        Assert.Equal(type == "image" && payload is null ? null : expected, Over(stub).Check(message)?.Code);
    }

    [Theory]
    [InlineData("unknown", false)]
    [InlineData("", false)]
    [InlineData("120@g.us", true)]
    public async Task Nobody_and_a_group_without_a_chat_cannot_be_written_to(string to, bool isGroup)
    {
        var message = Accounts.Text(to, thread: null) with { ToIsGroup = isGroup };
        Assert.Equal("recipient_unreachable", (await Over(ProviderStub.Answering(201, Sent)).SendAsync(message, Accounts.Instagram, Token)).Failure!.Code);
        Assert.Equal("out-1", (await Send(message with { ThreadId = "c" })).Result.ExternalId);
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_has_not_left()
    {
        var file = File("image", "image/png", "a.png") with { Open = _ => throw new IOException("gone") };
        var stub = ProviderStub.Answering(201, Sent);
        Assert.Equal("connection_failed", (await Over(stub).SendAsync(Accounts.Text() with { Type = "image", File = file }, Accounts.Instagram, Token)).Failure!.Code);
        Assert.Empty(stub.Requests);
    }

    [Theory]
    [InlineData("image", 1, true)]
    [InlineData("document", 15 * 1024 * 1024, true)]
    [InlineData("document", 15 * 1024 * 1024 + 1, false)]
    [InlineData("video", 0, false)]
    [InlineData("sticker", 1, false)]
    public async Task Files_have_a_size_that_is_taken(string kind, long size, bool isTaken)
    {
        var channel = Over(ProviderStub.Answering(201, Sent));
        Assert.Equal(isTaken, channel.Complaint(kind, "a/b", size) is null);
        if (!isTaken && kind != "sticker")
            Assert.Equal("content_invalid", (await channel.SendAsync(Accounts.Text() with { Type = kind, File = File(kind, "a/b", "f") with { Size = size } }, Accounts.Instagram, Token)).Failure!.Code);
    }

    [Fact]
    public async Task A_reaction_an_edit_and_a_deletion_name_their_message()
    {
        var stub = ProviderStub.Answering(200, "done");
        var channel = Over(stub);
        Assert.Equal(SendResult.Accepted(null, threadId: Accounts.Chat), await channel.SendAsync(
            Accounts.Text() with { Type = "reaction", Content = null, Payload = new JsonObject { ["message_id"] = "m=1", ["emoji"] = "👍" } }, Accounts.Instagram, Token));
        Assert.Null(await channel.EditAsync(Accounts.Instagram, "m1", "better", Token));
        Assert.Null(await channel.DeleteAsync(Accounts.Instagram, "m1", Token));

        Assert.Equal(
            ["POST /api/v1/messages/m%3D1/reaction {\"reaction\":\"\\uD83D\\uDC4D\"}", "PATCH /api/v1/messages/m1 {\"text\":\"better\"}", "DELETE /api/v1/messages/m1 "],
            stub.Requests.Select(one => $"{one.Request.Method} {one.Request.RequestUri!.AbsolutePath} {one.Body}"));
    }

    [Fact]
    public async Task What_is_gone_is_deleted_and_what_cannot_be_changed_says_so()
    {
        var gone = Over(ProviderStub.Answering(404, """{"status":404,"type":"errors/resource_not_found","title":"t"}"""));
        Assert.Null(await gone.DeleteAsync(Accounts.Instagram, "m1", Token));
        Assert.Equal("recipient_unreachable", (await gone.EditAsync(Accounts.Instagram, "m1", "x", Token))!.Code);
        var never = Over(ProviderStub.Answering(501, """{"status":501,"type":"errors/feature_not_implemented","title":"t"}"""));
        Assert.Equal("unsupported", (await never.DeleteAsync(Accounts.Instagram, "m1", Token))!.Code);
    }

    [Theory]
    [InlineData("whatsapp", 200, "ok", null, 1)]
    [InlineData("linkedin", 501, """{"type":"errors/feature_not_implemented"}""", "unsupported", 1)]
    [InlineData("linkedin", 503, "", "provider_unavailable", 1)]
    [InlineData("instagram", 200, "", "unsupported", 0)]
    [InlineData("telegram", 200, "", "unsupported", 0)]
    public async Task Reading_is_told_to_the_networks_that_listen(string network, int status, string body, string? expected, int calls)
    {
        var stub = ProviderStub.Answering(status, body);
        Assert.Equal(expected, (await Over(stub).MarkReadAsync(Accounts.Account(network), "c", true, Token))?.Code);
        Assert.Equal(calls, stub.Requests.Count);
        if (calls > 0) Assert.Equal("PATCH {\"action\":\"setReadStatus\",\"value\":true}", $"{stub.Requests[0].Request.Method} {stub.Requests[0].Body}");
    }

    [Theory]
    [InlineData("too-many-requests", 17)]
    [InlineData("weekly-limit", 3600)]
    public async Task A_limit_says_how_long_to_wait(string recorded, int seconds)
    {
        var error = Recorded.Error("unipile", recorded);
        var result = await Over(ProviderStub.Answering(error.Status, error.Body, error.Headers)).SendAsync(Accounts.Text(), Accounts.Instagram, Token);
        Assert.Equal(TimeSpan.FromSeconds(seconds), result.Failure!.RetryAfter);
    }

    [Fact]
    public async Task A_failure_keeps_Unipiles_type_and_words_without_secrets()
    {
        var result = await Over(ProviderStub.Answering(400, $$"""{"status":400,"type":"errors/invalid_parameters","title":"Bad {{Accounts.Key}}","detail":"{{Accounts.Secret}} and more"}"""))
            .SendAsync(Accounts.Text(), Accounts.Instagram, Token);
        Assert.Equal(("invalid_parameters", "Bad [removed]: [removed] and more"), (result.Failure!.ProviderCode, result.Failure.ProviderText));
    }

    [Fact]
    public async Task No_answer_in_time_leaves_the_outcome_unknown_and_no_connection_does_not()
    {
        var slow = new UnipileChannel(new HttpMessageInvoker(ProviderStub.Silent()), TimeProvider.System) { SendTimeout = TimeSpan.FromMilliseconds(30) };
        Assert.Equal(Retry.OutcomeUnknown, (await slow.SendAsync(Accounts.Text(), Accounts.Instagram, Token)).Failure!.Retry);

        using var http = ChannelHttp.Create();
        var nowhere = await new UnipileChannel(http, TimeProvider.System).SendAsync(Accounts.Text(), Accounts.Account("instagram", ("base_url", RawServer.ClosedUrl())), Token);
        Assert.Equal("connection_failed", nowhere.Failure!.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("key\nX-Injected: 1")]
    public async Task A_key_that_cannot_be_one_stops_the_account(string key)
    {
        var stub = ProviderStub.Answering(201, Sent);
        var result = await Over(stub).SendAsync(Accounts.Text(), Accounts.Instagram with { Credentials = new Dictionary<string, string> { ["api_key"] = key } }, Token);
        Assert.True(result.Failure is { Code: "account_invalid", StopsAccount: true });
        Assert.Empty(stub.Requests);
    }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static UnipileChannel Over(ProviderStub provider) => new(new HttpMessageInvoker(provider), TimeProvider.System);

    static OutboundFile File(string kind, string mime, string name) => new(kind, mime, name, 5, _ => Task.FromResult<Stream>(new MemoryStream("bytes"u8.ToArray())));

    static readonly System.Runtime.CompilerServices.ConditionalWeakTable<HttpRequestMessage, string> Bodies = [];

    static string Body(HttpRequestMessage request) => Bodies.TryGetValue(request, out var body) ? body : "";

    static async Task<(SendResult Result, HttpRequestMessage Request, IReadOnlyList<string> Parts)> Send(OutboundMessage message, ChannelAccount? account = null, string answer = Sent)
    {
        var provider = ProviderStub.Answering(201, answer);
        var result = await Over(provider).SendAsync(message, account ?? Accounts.Instagram, Token);
        var (request, body) = provider.Requests.Single();
        Bodies.Add(request, body);
        return (result, request, Parts(body));
    }

    /// <summary>"name=value" of each part; names must be quoted.</summary>
    static IReadOnlyList<string> Parts(string form) =>
    [
        .. form.Split(form[..form.IndexOf('\r')]).Select(part => part.Split("\r\n\r\n", 2)).Where(part => part.Length == 2)
            .Select(part => $"{part[0].Split("name=\"", 2)[1].Split('"')[0]}={part[1].TrimEnd()}"),
    ];
}
