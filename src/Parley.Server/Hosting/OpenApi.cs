using Microsoft.OpenApi;

namespace Parley.Server.Hosting;

/// <summary>The document at /openapi/v1.json, and a page to browse it at /docs.</summary>
internal static class OpenApi
{
    // Its scripts are files of its own; it writes styles and pictures into itself. It speaks to us and nobody else.
    internal const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    static readonly HashSet<(string?, string?)> Keyed =
    [
        ("POST", "api/conversations/{id}/messages"), ("POST", "api/messages"), ("POST", "api/messages/{id}/retry"),
        ("POST", "api/integrations"), ("POST", "api/users"), ("POST", "api/api-keys"), ("POST", "api/bot/documents"),
    ];

    public static IServiceCollection AddParleyOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        // Numbers are read from texts too, as a courtesy; they are written as numbers, and that is what clients should know.
        options.AddSchemaTransformer((schema, _, _) =>
        {
            if (schema.Type is { } type && type.HasFlag(JsonSchemaType.String) && (type & (JsonSchemaType.Integer | JsonSchemaType.Number)) != 0)
                (schema.Type, schema.Pattern) = (type & ~JsonSchemaType.String, null);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (Keyed.Contains((context.Description.HttpMethod, context.Description.RelativePath)))
                (operation.Parameters ??= []).Add(new OpenApiParameter
                {
                    Name = "Idempotency-Key", In = ParameterLocation.Header, Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 200 },
                    Description = "Any text of your own. A second request with the key gets the first one's answer (for 24 hours) and does nothing; with another body, 422.",
                });
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Servers?.Clear();   // the same document wherever it is served
            document.Info = new() { Title = "Parley", Version = "v1", Description = "One inbox for every conversation a business has. Errors are problem details (RFC 9457); lists are pages with next_cursor." };
            document.Components ??= new();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key" },
                ["key"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-API-Key" },
                ["session"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = "parley_session" },
            };
            document.Security = [.. document.Components.SecuritySchemes.Keys.Select(name => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(name, document)] = [] })];
            return Task.CompletedTask;
        });
    });

    public static void MapParleyOpenApi(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/docs"), docs => docs.Use((http, next) =>
        {
            http.Response.Headers.ContentSecurityPolicy = Policy;
            return next(http);
        }));
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Parley API";
            page.SwaggerEndpoint("/openapi/v1.json", "Parley v1");
        });
    }
}
