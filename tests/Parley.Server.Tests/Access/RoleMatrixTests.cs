using System.Net;
using System.Net.Http.Json;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Access;

/// <summary>Every address of the API, as each who may come. (Another organisation's ids: <see cref="Api.ApiTests"/>.)</summary>
public sealed class RoleMatrixTests(ParleyFixture fixture)
{
    /// <summary>What also those change who only read: their own account, their own place, what they were told.</summary>
    static readonly string[] Own =
    [
        "DELETE /api/session", "PATCH /api/me", "PUT /api/me/password", "DELETE /api/me/sessions/{id:guid}", "PUT /api/presence/{page:guid}", "DELETE /api/presence/{page:guid}",
        "PUT /api/notifications/{id:guid}/read", "PUT /api/notifications/read", "PATCH /api/me/notifications",
        "POST /api/views", "PATCH /api/views/{id:guid}", "DELETE /api/views/{id:guid}",   // for themselves: sharing takes an editor
        "POST /api/templates/{id:guid}/preview",                                          // changes nothing
    ];

    [Fact]
    public void Every_address_says_which_role_it_is_for_and_readers_change_nothing_but_their_own()
    {
        var endpoints = ApiEndpoint.List(fixture.App);
        Assert.True(endpoints.Count > 80, $"only {endpoints.Count} endpoints were found");
        Assert.Empty(endpoints.Where(endpoint => endpoint.Role is null).Select(endpoint => endpoint.Name));
        Assert.Equal(["POST /api/session"], endpoints.Where(endpoint => endpoint.Role == "anonymous").Select(endpoint => endpoint.Name));
        Assert.Empty(endpoints.Where(endpoint => !endpoint.IsReading && endpoint.Role == "viewer").Select(endpoint => endpoint.Name).Except(Own));
    }

    [Fact]
    public async Task Every_address_lets_in_the_roles_it_is_for_and_no_others()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var callers = new List<(string Who, string? Role, HttpClient Client)>
        {
            ("nobody", null, fixture.App.Http),
            ("a viewer's key", "viewer", tenant.Viewer), ("an editor's key", "editor", tenant.Editor), ("an admin's key", "admin", tenant.Admin),
        };
        foreach (var role in new[] { "viewer", "editor", "admin" }) callers.Add(($"{role} at the page", role, (await TestUser.SignInAsync(tenant, role)).Client));

        var wrong = new List<string>();
        // Who signs out is nobody from then on.
        foreach (var endpoint in ApiEndpoint.List(fixture.App).Where(endpoint => endpoint.Role != "anonymous").OrderBy(endpoint => endpoint.Name == "DELETE /api/session"))
            foreach (var (who, role, client) in callers)
            {
                using var request = new HttpRequestMessage(new HttpMethod(endpoint.Method), endpoint.At(Guid.CreateVersion7().ToString()));
                if (!endpoint.IsReading && endpoint.Method != "DELETE") request.Content = JsonContent.Create(new { });
                using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);   // one of them never ends
                var isRight = role is null ? answer.StatusCode == HttpStatusCode.Unauthorized
                    : endpoint.IsFor(role) ? answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) && (int)answer.StatusCode < 500
                    : answer.StatusCode == HttpStatusCode.Forbidden;
                if (!isRight) wrong.Add($"{endpoint.Name} (for {endpoint.Role}) answered {(int)answer.StatusCode} to {who}");
            }
        Assert.Empty(wrong);
    }
}
