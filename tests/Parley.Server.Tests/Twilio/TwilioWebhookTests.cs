using System.Net;
using System.Net.Http.Json;
using System.Text;
using Parley.Channels.Adapters.Twilio;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Twilio;

/// <summary>From Twilio's webhook to the stored message.</summary>
public sealed class TwilioWebhookTests(ParleyFixture fixture)
{
    [Theory]
    [InlineData("sms")]
    [InlineData("whatsapp")]
    public async Task What_a_customer_writes_is_stored_and_answered_with_empty_twiml(string channel)
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync(), channel);
        var answer = await number.PostAsync([.. number.Text("SM1", "is the blue one in stock?"), new("ProfileName", "Ana")]);
        Assert.Equal((HttpStatusCode.OK, "text/xml"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>", await answer.Content.ReadAsStringAsync());
        var message = Assert.Single(await number.MessagesAsync());
        Assert.Equal(("text", "is the blue one in stock?", "delivered", channel), ((string)message["type"]!, (string)message["content"]!, (string)message["status"]!, (string)message["channel"]!));
        var contact = await number.Tenant.Viewer.GetJsonAsync($"/api/contacts/{message["contact_id"]}");
        Assert.Equal(("Ana", "+15551230000"), ((string)contact["name"]!, (string)contact["identities"]![0]!["handle"]!));
    }

    [Fact]
    public async Task A_forged_or_missing_signature_is_403_and_stores_nothing()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync());
        var fields = number.Text("SM1", "let me in, please do");
        var genuine = TwilioSignature.Of(number.AuthToken, number.WebhookUrl, fields);
        foreach (var forged in new[] { "", "x", (genuine[0] == 'A' ? "B" : "A") + genuine[1..], TwilioSignature.Of("another", number.WebhookUrl, fields), TwilioSignature.Of(number.AuthToken, number.WebhookUrl + "?a=1", fields), TwilioSignature.Of(number.AuthToken, number.WebhookUrl, fields.Skip(1)) })
            Assert.Equal(HttpStatusCode.Forbidden, (await number.PostAsync(fields, forged)).StatusCode);
        using var without = new HttpRequestMessage(HttpMethod.Post, number.WebhookUrl) { Content = new FormUrlEncodedContent(fields) };
        Assert.Equal(HttpStatusCode.Forbidden, (await number.Tenant.App.Http.SendAsync(without)).StatusCode);
        Assert.Equal([(0L, 0L)], await number.ListAsync<(long, long)>("select (select count(*) from messages), (select count(*) from webhook_events)"));
        Assert.Equal(HttpStatusCode.OK, (await number.PostAsync(fields, genuine)).StatusCode);
    }

    [Fact]
    public async Task A_body_of_more_than_four_megabytes_is_413()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync());
        using var large = new HttpRequestMessage(HttpMethod.Post, number.WebhookUrl) { Content = new ByteArrayContent(new byte[4 * 1024 * 1024 + 1]) };
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await number.Tenant.App.Http.SendAsync(large)).StatusCode);
    }

    [Fact]
    public async Task The_same_webhook_many_times_is_one_message()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => number.PostAsync(number.Text("SM1", "only once, I hope"))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Single(await number.MessagesAsync());
    }

    [Theory]
    [InlineData("https://inbox.example.com", "https://inbox.example.com")]
    [InlineData("https://inbox.example.com", "https://inbox.example.com:443")]
    [InlineData("https://inbox.example.com:443", "https://inbox.example.com")]
    [InlineData("https://example.com/parley", "https://example.com/parley")]
    public async Task Behind_a_proxy_the_public_address_is_what_was_signed(string publicUrl, string signedFor)
    {
        await using var app = await TestApp.StartAsync(fixture.App.ConnectionString, settings: new() { ["PARLEY_PUBLIC_URL"] = publicUrl });
        var number = await TwilioTestNumber.ConnectAsync(await app.NewTenantAsync());
        Assert.StartsWith(publicUrl, number.WebhookUrl, StringComparison.Ordinal);
        var path = $"/webhooks/twilio/{number.Id}?a=b%2Bc&b=1%202";
        var fields = number.Text("SM1", "through the proxy it comes");
        foreach (var (signed, status) in new[] { (signedFor, HttpStatusCode.OK), ("https://evil.example.com", HttpStatusCode.Forbidden), (app.Address.ToString().TrimEnd('/'), HttpStatusCode.Forbidden) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(app.Address, path)) { Content = new FormUrlEncodedContent(fields) };
            request.Headers.TryAddWithoutValidation(TwilioSignature.Header, TwilioSignature.Of(number.AuthToken, signed + path, fields));
            Assert.Equal(status, (await app.Http.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task A_trusted_proxy_tells_the_address_and_a_stranger_cannot()
    {
        await using var trusting = await TestApp.StartAsync(fixture.App.ConnectionString, settings: new() { ["PARLEY_TRUSTED_PROXIES"] = "127.0.0.1" });
        var number = await TwilioTestNumber.ConnectAsync(await trusting.NewTenantAsync());
        var fields = number.Text("SM1", "forwarded with its address");
        foreach (var (app, status) in new[] { (trusting, HttpStatusCode.OK), (fixture.App, HttpStatusCode.Forbidden) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(app.Address, $"/webhooks/twilio/{number.Id}")) { Content = new FormUrlEncodedContent(fields) };
            request.Headers.Add("X-Forwarded-For", "54.172.60.1");
            request.Headers.Add("X-Forwarded-Proto", "https");
            request.Headers.Add("X-Forwarded-Host", "inbox.example.com");
            request.Headers.TryAddWithoutValidation(TwilioSignature.Header, TwilioSignature.Of(number.AuthToken, $"https://inbox.example.com/webhooks/twilio/{number.Id}", fields));
            Assert.Equal(status, (await app.Http.SendAsync(request)).StatusCode);
        }
    }

    [Theory]
    [InlineData("whatsapp", "+1 415 523 8886", "whatsapp:+14155238886", 201)]
    [InlineData("sms", "14155238886", "+14155238886", 201)]
    [InlineData("whatsapp", "my number", null, 400)]
    [InlineData("sms", "whatsapp:+14155238886", null, 400)]
    public async Task A_number_is_connected_as_twilio_writes_it_or_not_at_all(string channel, string given, string? written, int status)
    {
        var tenant = await fixture.App.NewTenantAsync();
        var answer = await tenant.Admin.PostJsonAsync("/api/integrations", new { provider = "twilio", channel, name = "Desk", external_id = given, config = new { account_sid = "AC1" }, credentials = new { auth_token = "a-token-of-twilio" } }, status);
        if (written is not null) Assert.Equal(written, (string)answer["external_id"]!);
        else Assert.NotNull(answer["errors"]!["external_id"]);
    }

    [Fact]
    public async Task A_customers_picture_is_fetched_with_the_accounts_access()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync(), "whatsapp");
        byte[] picture = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];
        await (await number.Tenant.App.Emulator.PostAsJsonAsync("/say", new { provider = "twilio", to = number.Address, from = "+5511987654321", text = "our table", media = new { base64 = Convert.ToBase64String(picture), mime_type = "image/png" } })).JsonAsync();
        var attachment = (await Eventually.Async(number.MessagesAsync, messages => (string?)messages.FirstOrDefault()?["attachments"]?[0]?["status"] == "stored", "the picture is stored", 30))[0]["attachments"]![0]!;
        Assert.Equal(picture, await number.Tenant.Viewer.GetByteArrayAsync((string)attachment["url"]!));
    }

    [Theory]
    [InlineData("+5511987654321", "+551187654321")]
    [InlineData("+5215512345678", "+525512345678")]
    [InlineData("+541123456789", "+5491123456789")]
    public async Task A_person_whose_number_is_written_in_two_ways_is_one_contact(string first, string second)
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync(), "whatsapp");
        await number.PostAsync(number.Text("SM1", "I am here", first));
        await number.PostAsync(number.Text("SM2", "and it is me again", second));
        Assert.Equal(2, (await number.MessagesAsync()).Length);
        Assert.Equal([(1L, 2L)], await number.ListAsync<(long, long)>("select (select count(*) from contacts), (select count(*) from contact_identities)"));
        // Who is written to first finds the same person, too.
        var other = await TwilioTestNumber.ConnectAsync(number.Tenant, "whatsapp");
        await number.Tenant.Editor.PostJsonAsync("/api/messages", new { integration_id = other.Id, to = second, type = "text", content = "hello from the other number" }, 202);
        Assert.Equal(1, (await number.ListAsync<long>("select count(*) from contacts"))[0]);
    }

    [Fact]
    public async Task Who_is_met_in_two_writings_at_the_same_moment_is_one_contact()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync(), "whatsapp");
        // Two nodes, each with a transaction of its own that has not yet seen the other's person.
        var data = number.Tenant.App.Get<Platform.Database.TenantDatabase>();
        var started = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var first = data.ChangeAsync(number.Tenant.Id, async change =>
        {
            var conversation = await Messages.Recipients.EnsureConversationAsync(change, number.Id, "whatsapp", "+5511987654321", default);
            started.SetResult();
            await go.Task;
            return conversation;
        }, default);
        await started.Task;
        var webhook = number.PostAsync(number.Text("SM1", "I am here", "+551187654321"));
        var typed = data.ChangeAsync(number.Tenant.Id, change => Messages.Recipients.EnsureConversationAsync(change, number.Id, "whatsapp", "+551187654321", default), default);
        await using var watching = new Npgsql.NpgsqlConnection(fixture.App.ConnectionString);   // as the login: a role does not see what others run
        await watching.OpenAsync();
        await using var waits = new Npgsql.NpgsqlCommand("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into contact_identities%'", watching);
        await Eventually.Async(async () => (long)(await waits.ExecuteScalarAsync())!, waiting => waiting >= 2 || webhook.IsCompleted && typed.IsCompleted, "both wait for the first, or went past it", 30);
        go.SetResult();
        Assert.Equal(await first, await typed);
        Assert.True((await webhook).IsSuccessStatusCode);
        Assert.Equal([(1L, 1L)], await number.ListAsync<(long, long)>("select (select count(*) from contacts), (select count(*) from conversations)"));
    }

    [Fact]
    public async Task Many_who_come_in_two_writings_at_once_are_one_contact_each()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync(), "whatsapp");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => number.PostAsync(number.Text($"SM{i}", "here I am", $"+5511{(i % 2 == 0 ? "9" : "")}876543{i / 2:00}"))));
        Assert.All(answers, answer => Assert.True(answer.IsSuccessStatusCode));
        Assert.Equal([(20L, 40L, 20L)], await number.ListAsync<(long, long, long)>("select (select count(*) from contacts), (select count(*) from contact_identities), (select count(*) from conversations)"));
    }

    [Fact]
    public async Task The_same_number_on_sms_and_whatsapp_is_two_identities()
    {
        var tenant = await fixture.App.NewTenantAsync();
        foreach (var channel in new[] { "sms", "whatsapp" })
        {
            var number = await TwilioTestNumber.ConnectAsync(tenant, channel);
            await number.PostAsync(number.Text("SM-" + channel, "on this channel", "+5511987654321"));
        }
        var handles = await tenant.App.Get<Platform.Database.TenantDatabase>().ListAsync<(string, string)>(tenant.Id, "select channel, handle from contact_identities order by channel", null, default);
        Assert.Equal([("sms", "+5511987654321"), ("whatsapp", "+5511987654321")], handles);
    }

    [Fact]
    public async Task A_body_that_is_nothing_known_is_kept_and_answered()
    {
        var number = await TwilioTestNumber.ConnectAsync(await fixture.App.NewTenantAsync());
        Assert.Equal(HttpStatusCode.OK, (await number.PostAsync([new("Nothing", "known")])).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await number.PostAsync([.. number.Text("SM1", "to another number").Where(field => field.Key != "To"), new("To", "+15550000000")])).StatusCode);
        Assert.Equal([("failed", 2L)], await number.ListAsync<(string, long)>("select min(status), count(*) from webhook_events"));
        Assert.Empty(await number.ConversationsAsync());
    }

    [Fact]
    public async Task A_file_that_goes_out_is_fetched_by_a_link_that_nobody_can_guess_and_that_ends()
    {
        var clock = new SkippingClock();
        await using var app = await TestApp.StartAsync(fixture.App.ConnectionString, time: clock);
        var links = app.Get<Parley.Server.Media.MediaLinks>();
        var tenant = await app.NewTenantAsync();
        var upload = await (await tenant.Editor.PostAsync("/api/attachments?file_name=menu.txt", new StringContent("soup of the day", Encoding.UTF8, "text/plain"))).JsonAsync(201);
        var link = links.Make(new(tenant.Id, (string)upload["sha256"]!, "text/plain", "menu.txt", 15), TimeSpan.FromHours(1));
        Assert.Equal("soup of the day", await app.Http.GetStringAsync(link));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync(link[..^3] + "AAA")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync("/media/not-a-token")).StatusCode);
        clock.Skip(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync(link)).StatusCode);
    }
}
