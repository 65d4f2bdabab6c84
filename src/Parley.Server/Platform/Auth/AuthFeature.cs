using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Parley.Server.Audit;
using Parley.Server.Platform.Configuration;
using Parley.Server.Team;
using Parley.Server.Tenants;

namespace Parley.Server.Platform.Auth;

internal static class AuthFeature
{
    const string Scheme = "parley";

    public static IServiceCollection AddParleyAuth(this IServiceCollection services, ParleySettings settings)
    {
        services.AddSingleton<TenantStore>().AddSingleton<UserStore>().AddSingleton<ApiKeyStore>().AddSingleton<SessionStore>().AddSingleton<Credentials>().AddSingleton<SignInThrottle>().AddSingleton<Denials>().AddSingleton<SightStore>().AddHostedService<DenialCounts>();
        services.AddAuthentication(Scheme).AddScheme<AuthenticationSchemeOptions, ParleyAuthentication>(Scheme, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Viewer, policy => policy.RequireRole("viewer", "editor", "admin"))
            .AddPolicy(Policies.Editor, policy => policy.RequireRole("editor", "admin"))
            .AddPolicy(Policies.Admin, policy => policy.RequireRole("admin"));
        services.AddRateLimiter(options =>
        {
            options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
                http.Features.Get<Caller>() is { } caller
                    ? Bucket(caller.Author, settings.RequestsPerCaller)
                    : Bucket($"address:{http.Connection.RemoteIpAddress}", settings.RequestsPerAddress));
            options.OnRejected = async (rejected, cancellationToken) =>
            {
                var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
                rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString();
                await TypedResults.Problem("Too many requests. Wait as long as Retry-After says.", statusCode: 429, title: "Too many requests").ExecuteAsync(rejected.HttpContext);
            };
        });
        return services;
    }

    /// <summary>Who it is, then how much they may ask, then what they may.</summary>
    public static void UseParleyAuth(this WebApplication app)
    {
        app.UseAuthentication();
        app.Use(async (http, next) =>
        {
            Actor.Current = Actor.Of(http);
            await next(http);
        });
        app.UseMiddleware<CrossSiteGuard>();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseMiddleware<MissingNoted>();
        app.UseMiddleware<SightGuard>();
    }

    static RateLimitPartition<string> Bucket(string key, int perMinute) => RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
    {
        TokenLimit = perMinute, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromMinutes(1) / perMinute, AutoReplenishment = true, QueueLimit = 0,
    });
}

/// <summary>Lets in whoever the request's credentials name.</summary>
internal sealed class ParleyAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Credentials credentials, Denials denials)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        // Webhooks, health and pages are nobody's: they spare the look-up.
        if (!Request.Path.StartsWithSegments("/api")) return AuthenticateResult.NoResult();
        var (caller, session) = await credentials.FindCallerAsync(Request, Context.RequestAborted);
        if (caller is null) return AuthenticateResult.NoResult();
        Context.Features.Set(caller);
        if (session is { } signedIn) Context.Features.Set(new SignedIn(signedIn));
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Role, caller.Role), new Claim(ClaimTypes.Name, caller.Author)], Scheme.Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return TypedResults.Problem("Sign in, or send an API key as \"Authorization: Bearer …\".", statusCode: 401, title: "Not signed in").ExecuteAsync(Context);
    }

    protected override async Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        await denials.NoteAsync(Context, "role", CancellationToken.None);
        await TypedResults.Problem("Your role does not allow this. Ask an admin of your organisation.", statusCode: 403, title: "Not allowed").ExecuteAsync(Context);
    }
}

/// <summary>The session a request came with; absent for API keys.</summary>
internal sealed record SignedIn(Guid SessionId);

/// <summary>A page of another site must not act with a person's cookie: browsers say where a request comes from, and one that
/// changes something has to come from our own pages.</summary>
internal sealed class CrossSiteGuard(RequestDelegate next, ParleySettings settings, Denials denials)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var hasCookie = http.Request.Cookies.ContainsKey(Credentials.Cookie);
        var signsIn = http.Request.Path.StartsWithSegments("/api/session");
        var isSafe = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method);
        if (isSafe || http.Features.Get<Caller>() is { ApiKeyId: not null } || !(hasCookie || signsIn) || IsOwn(http.Request, hasCookie))
        {
            await next(http);
            return;
        }
        await denials.NoteAsync(http, "cross-site", CancellationToken.None);
        await TypedResults.Problem("This request comes from another site, or does not say where it comes from.", statusCode: 403, title: "Cross-site request refused").ExecuteAsync(http);
    }

    bool IsOwn(HttpRequest request, bool hasCookie)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0) return site is "same-origin" or "none";
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0) return !hasCookie;   // a program that signs in; browsers always send one of the two
        return origin == $"{request.Scheme}://{request.Host}" || (settings.PublicUrl is { } url && Uri.TryCreate(url, UriKind.Absolute, out var uri) && origin == uri.GetLeftPart(UriPartial.Authority));
    }
}
