using Microsoft.OpenApi;

namespace Parley.Server.Hosting;

/// <summary>The document at /openapi/v1.json, and a page to browse it at /docs.</summary>
internal static class OpenApi
{
    public static IServiceCollection AddParleyOpenApi(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        // Numbers are read from texts too, as a courtesy; they are written as numbers, and that is what clients should know.
        options.AddSchemaTransformer((schema, _, _) =>
        {
            if (schema.Type is { } type && type.HasFlag(JsonSchemaType.String) && (type & (JsonSchemaType.Integer | JsonSchemaType.Number)) != 0)
                (schema.Type, schema.Pattern) = (type & ~JsonSchemaType.String, null);
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
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Parley API";
            page.SwaggerEndpoint("/openapi/v1.json", "Parley v1");
        });
    }
}
