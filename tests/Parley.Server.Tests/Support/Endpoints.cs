using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Tests.Support;

/// <summary>An address of the API with one method, and the role that it asks for: "anonymous", "viewer", "editor" or "admin"; null when it says nothing.</summary>
internal sealed record ApiEndpoint(string Method, string Pattern, string? Role)
{
    static readonly string[] Roles = ["viewer", "editor", "admin"];

    public string Name => $"{Method} {Pattern}";
    public bool IsReading => Method is "GET" or "HEAD";

    /// <summary>True when somebody of this role may use it.</summary>
    public bool IsFor(string role) => Role == "anonymous" || Array.IndexOf(Roles, role) >= Array.IndexOf(Roles, Role);

    /// <param name="label">What a second id in the address names; null: the same.</param>
    public string At(string id, string? label = null) => Pattern.Replace("{id:guid}", id).Replace("{id}", id).Replace("{page:guid}", id).Replace("{label:guid}", label ?? id);

    /// <summary>Everything under /api, as the running product knows it.</summary>
    public static IReadOnlyList<ApiEndpoint> List(TestApp app) =>
    [
        .. from endpoint in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/')
           where pattern.StartsWith("/api/", StringComparison.Ordinal)
           let demands = endpoint.Metadata.OfType<IAuthorizeData>().Select(demand => demand.Policy).Distinct().ToList()
           let role = endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null ? "anonymous" : demands is [{ } one] && Roles.Contains(one) ? one : null
           from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
           select new ApiEndpoint(method, pattern, role),
    ];
}
