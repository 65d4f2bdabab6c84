using System.Net.Http.Json;
using Parley.Server.Platform.Auth;

namespace Parley.Server.Tests.Support;

/// <summary>Somebody of the team, signed in with a browser.</summary>
internal sealed record TestUser(HttpClient Client, Guid Id)
{
    /// <param name="sees">all, or team.</param>
    public static async Task<TestUser> SignInAsync(TestTenant tenant, string role = "editor", string sees = "all", string name = "Ana")
    {
        var id = (Guid)(await tenant.Admin.PostJsonAsync("/api/users", new { email = $"{Guid.CreateVersion7():N}@example.com", name, role }, 201))["id"]!;
        if (sees != "all") await (await tenant.Admin.PatchAsJsonAsync($"/api/users/{id}", new { sees })).JsonAsync();
        var (token, _) = await tenant.App.Get<SessionStore>().CreateAsync(tenant.Id, id, "127.0.0.1", "a test", default);
        Planted.Add(token);
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = tenant.App.Address };
        client.DefaultRequestHeaders.Add("Cookie", $"{Credentials.Cookie}={token}");
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        return new(client, id);
    }
}
