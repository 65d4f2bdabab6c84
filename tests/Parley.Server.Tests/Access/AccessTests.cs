using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Platform.Auth;
using Parley.Server.Team;
using Parley.Server.Tenants;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Access;

public sealed class AccessTests(ParleyFixture fixture)
{
    const string Password = "correct horse battery";

    [Fact]
    public async Task Without_a_key_or_a_session_nothing_is_told()
    {
        var answer = await fixture.App.Http.GetAsync("/api/conversations");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pk_")]
    [InlineData("pk_00000000000000000000000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("not a key \u00e9")]
    public async Task A_wrong_key_is_refused_in_words(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/me");
        request.Headers.TryAddWithoutValidation("X-API-Key", key);
        try
        {
            var answer = await fixture.App.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
        catch (HttpRequestException) when (key.Contains('\u00e9')) { }   // the client itself refuses to send it
    }

    [Fact]
    public async Task A_key_is_shown_once_works_in_both_headers_and_ends_when_revoked()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var made = await tenant.Admin.PostJsonAsync("/api/api-keys", new { name = "robot", role = "viewer" }, 201);
        var key = (string)made["key"]!;
        using var client = new HttpClient { BaseAddress = fixture.App.Address };
        client.DefaultRequestHeaders.Add("X-API-Key", key);
        Assert.Equal("viewer", (string?)(await client.GetJsonAsync("/api/me"))["role"]);

        var listed = (await tenant.Admin.GetJsonAsync("/api/api-keys")).ToJsonString();
        Assert.DoesNotContain(key, listed);
        Assert.Contains(key[^4..], listed);

        await tenant.Admin.DeleteAsync($"/api/api-keys/{made["id"]}");
        await client.GetJsonAsync("/api/me", 401);
    }

    [Fact]
    public async Task A_viewer_reads_but_writes_nothing_and_an_editor_configures_nothing()
    {
        var tenant = await fixture.App.NewTenantAsync();
        await tenant.Viewer.GetJsonAsync("/api/conversations");
        await tenant.Viewer.PostJsonAsync($"/api/conversations/{Guid.CreateVersion7()}/messages", new { type = "text", content = "x" }, 403);
        await tenant.Editor.PostJsonAsync("/api/integrations", new { }, 403);
        await tenant.Editor.GetJsonAsync("/api/users", 403);
    }

    [Fact]
    public async Task Signing_in_sets_a_cookie_that_scripts_cannot_read_and_signing_out_ends_it_on_the_server()
    {
        var (_, email) = await NewUserAsync();
        var answer = await SignInAsync(email, Password);
        await answer.JsonAsync();
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);

        var session = cookie.Split(';')[0];
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/api/me", session)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(HttpMethod.Delete, "/api/session", session, "same-origin")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/api/me", session)).StatusCode);
    }

    [Fact]
    public async Task A_page_that_speaks_for_somebody_else_is_not_known_by_the_cookie_of_its_browser()
    {
        var (_, email) = await NewUserAsync();
        var cookie = (await SignInAsync(email, Password)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var me = await (await SendAsync(HttpMethod.Get, "/api/me", cookie)).JsonAsync();
        foreach (var (named, expected) in new[] { ((string)me["user"]!["id"]!, HttpStatusCode.OK), (Guid.CreateVersion7().ToString(), HttpStatusCode.Unauthorized), ("somebody", HttpStatusCode.Unauthorized) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/conversations") { Headers = { { "Cookie", cookie }, { Credentials.SpeaksFor, named } } };
            Assert.Equal(expected, (await fixture.App.Http.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task Sessions_say_which_of_them_asks()
    {
        var (_, email) = await NewUserAsync();
        await (await SignInAsync(email, Password)).JsonAsync();
        var mine = (await SignInAsync(email, Password)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var listed = (await (await SendAsync(HttpMethod.Get, "/api/me/sessions", mine)).JsonAsync())["items"]!.AsArray();
        Assert.Equal(2, listed.Count);
        Assert.Single(listed, session => (bool)session!["is_current"]!);
    }

    [Theory]
    [InlineData("cross-site", null, false)]
    [InlineData("same-site", null, false)]
    [InlineData(null, "https://evil.example", false)]
    [InlineData(null, null, false)]
    [InlineData("same-origin", null, true)]
    [InlineData(null, "own", true)]
    public async Task Another_site_cannot_act_with_a_persons_cookie(string? site, string? origin, bool isAllowed)
    {
        var (_, email) = await NewUserAsync();
        var cookie = (await SignInAsync(email, Password)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var answer = await SendAsync(HttpMethod.Delete, "/api/session", cookie, site, origin == "own" ? fixture.App.Address.GetLeftPart(UriPartial.Authority) : origin);
        Assert.Equal(isAllowed ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_are_refused_in_the_same_words()
    {
        var (_, email) = await NewUserAsync();
        var wrong = await (await SignInAsync(email, "wrong password")).JsonAsync(401);
        var unknown = await (await SignInAsync($"nobody-{email}", "wrong password")).JsonAsync(401);
        Assert.Equal((string?)wrong["detail"], (string?)unknown["detail"]);
    }

    [Fact]
    public async Task Guessing_ends_in_429_and_an_owner_from_a_known_address_still_gets_in()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync());
        var throttle = app.Get<SignInThrottle>();
        for (var i = 0; i < 8; i++) Assert.Null(await throttle.TakeAsync("ana@example.com", "10.0.0.1", false, default));
        Assert.NotNull(await throttle.TakeAsync("ana@example.com", "10.0.0.1", false, default));

        // A stranger with many addresses slows strangers down, but not the owner where she has been before.
        for (var i = 0; i < 32; i++) Assert.Null(await throttle.TakeAsync("ana@example.com", $"10.1.0.{i}", false, default));
        Assert.NotNull(await throttle.TakeAsync("ana@example.com", "10.9.9.9", false, default));
        Assert.Null(await throttle.TakeAsync("ana@example.com", "10.9.9.9", true, default));
    }

    [Fact]
    public async Task Forty_guesses_at_once_are_no_way_around_the_limit()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => fixture.App.Get<SignInThrottle>().TakeAsync("crowd@example.com", "10.2.0.1", false, default)));
        Assert.Equal(8, tries.Count(wait => wait is null));
    }

    [Fact]
    public async Task The_right_password_is_not_counted_and_its_address_is_known_even_after_signing_out_everywhere()
    {
        var (_, email) = await NewUserAsync();
        var throttle = fixture.App.Get<SignInThrottle>();
        Assert.False(await throttle.IsKnownAddressAsync(email, "127.0.0.1", default));
        for (var i = 0; i < 12; i++) (await SignInAsync(email, Password)).EnsureSuccessStatusCode();
        Assert.True(await fixture.App.Get<UserStore>().ResetPasswordAsync(email, "another password", default));
        Assert.True(await throttle.IsKnownAddressAsync(email, "127.0.0.1", default));
        Assert.False(await throttle.IsKnownAddressAsync(email, "10.3.0.1", default));
    }

    [Fact]
    public async Task A_password_made_by_the_operator_replaces_the_old_one_and_ends_every_session()
    {
        var (_, email) = await NewUserAsync();
        var session = (await SignInAsync(email, Password)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        Assert.True(await fixture.App.Get<UserStore>().ResetPasswordAsync(email, "made at the machine", default));
        Assert.False(await fixture.App.Get<UserStore>().ResetPasswordAsync($"nobody-{email}", "made at the machine", default));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/api/me", session)).StatusCode);
        await (await SignInAsync(email, Password)).JsonAsync(401);
        await (await SignInAsync(email, "made at the machine")).JsonAsync();
    }

    [Fact]
    public async Task I_change_my_own_name_and_nobody_elses()
    {
        var (_, email) = await NewUserAsync();
        var session = (await SignInAsync(email, Password)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var changed = await (await SendAsync(HttpMethod.Patch, "/api/me", session, "same-origin", null, new JsonObject { ["name"] = " Ana Souza ", ["role"] = "admin" })).JsonAsync();
        Assert.Equal(("Ana Souza", "editor"), ((string)changed["name"]!, (string)changed["role"]!));
        await (await SendAsync(HttpMethod.Patch, "/api/me", session, "same-origin", null, new JsonObject { ["name"] = " " })).JsonAsync(400);
    }

    [Fact]
    public async Task Two_first_starts_at_once_make_one_organisation_with_one_admin_who_can_sign_in()
    {
        var connection = await fixture.CloneDatabaseAsync();
        var passwords = new List<string?>();
        await using (var one = await TestApp.StartAsync(connection))
        {
            var system = one.Get<Parley.Server.Platform.Database.SystemDatabase>();
            passwords.AddRange(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Parley.Server.Hosting.FirstRun.EnsureAsync(system, default))));
            var password = Assert.Single(passwords, made => made is not null);
            await (await one.Http.PostAsJsonAsync("/api/session", new { email = Parley.Server.Hosting.FirstRun.Email, password })).JsonAsync();
            Assert.Single(await one.Get<TenantStore>().ListAsync(default));
        }
    }

    [Theory]
    [InlineData("ana")]
    [InlineData("ana@@example.com")]
    [InlineData("@example.com")]
    [InlineData("ana@")]
    [InlineData("ana souza@example.com")]
    [InlineData("ana@example.com\n")]
    [InlineData("ana\u0007@example.com")]
    public async Task What_is_no_address_is_refused_in_words(string email)
    {
        var tenant = await fixture.App.NewTenantAsync();
        if (email.EndsWith('\n')) await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}{email}", role = "viewer" }, 201);   // blanks around it are nobody's mistake
        else Assert.Contains("e-mail address", (await tenant.Admin.PostJsonAsync("/api/users", new { email, role = "viewer" }, 400))["errors"]!.ToJsonString());
    }

    [Fact]
    public async Task The_last_five_passwords_are_refused_and_a_change_ends_the_other_sessions()
    {
        var (_, email) = await NewUserAsync();
        var other = (await SignInAsync(email, Password)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var mine = (await SignInAsync(email, Password)).Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var present = Password;
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await ChangeAsync(mine, present, Password)).StatusCode);
            Assert.Equal(HttpStatusCode.NoContent, (await ChangeAsync(mine, present, $"new password {i}")).StatusCode);
            present = $"new password {i}";
        }
        Assert.Equal(HttpStatusCode.NoContent, (await ChangeAsync(mine, present, Password)).StatusCode);   // the sixth back may be used again
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/api/me", other)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/api/me", mine)).StatusCode);
    }

    [Fact]
    public async Task The_last_admin_stays_even_when_two_demote_each_other_at_once()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 2; i++) ids.Add((Guid)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", role = "admin" }, 201))["id"]!);
        var answers = await Task.WhenAll(ids.Select(id => tenant.Admin.PatchAsJsonAsync($"/api/users/{id}", new { role = "viewer" })));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(answer => answer.StatusCode).Order());
    }

    [Fact]
    public async Task An_inactive_tenant_signs_nobody_in()
    {
        var (tenant, email) = await NewUserAsync();
        await fixture.App.Get<TenantStore>().SetStatusAsync(tenant.Id, "inactive", default);
        await (await SignInAsync(email, Password)).JsonAsync(401);
        await tenant.Admin.GetJsonAsync("/api/me", 401);
    }

    [Fact]
    public async Task Too_many_requests_are_answered_429_with_a_time_to_wait()
    {
        await using var app = await TestApp.StartAsync(await fixture.CloneDatabaseAsync(), settings: new() { ["PARLEY_RATE_LIMIT"] = "5" });
        var tenant = await app.NewTenantAsync();
        HttpResponseMessage answer;
        do answer = await tenant.Viewer.GetAsync("/api/me"); while (answer.IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.True((await app.Http.GetAsync("/health/live")).IsSuccessStatusCode);
    }

    async Task<(TestTenant Tenant, string Email)> NewUserAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var email = $"{Guid.CreateVersion7():N}@example.com";
        await fixture.App.Get<UserStore>().CreateAsync(tenant.Id, email, "Ana", "editor", Password, default);
        return (tenant, email);
    }

    Task<HttpResponseMessage> SignInAsync(string email, string password) => fixture.App.Http.PostAsJsonAsync("/api/session", new { email, password });

    Task<HttpResponseMessage> ChangeAsync(string cookie, string present, string next) =>
        SendAsync(HttpMethod.Put, "/api/me/password", cookie, "same-origin", null, new JsonObject { ["present"] = present, ["next"] = next });

    async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string cookie, string? site = null, string? origin = null, JsonObject? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Cookie", cookie);
        if (site is not null) request.Headers.Add("Sec-Fetch-Site", site);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (body is not null) request.Content = JsonContent.Create(body);
        return await fixture.App.Http.SendAsync(request);
    }
}
