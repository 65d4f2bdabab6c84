using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Parley.Server.Hosting;

/// <summary>The agents' page, as <c>npm run build</c> left it: files that never change, and one document for every address that
/// is nobody else's, so that a link to anything in it works.</summary>
internal static class WebPage
{
    // No inline script and no inline style: nothing that a customer writes can become either. (What scripts set through the DOM,
    // such as positions of a virtual list, is not "inline".)
    public const string Policy =
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

    static readonly PathString[] OthersAddresses = ["/api", "/media", "/webhooks", "/health", "/openapi", "/docs"];
    static readonly FileExtensionContentTypeProvider Types = new();
    static readonly (string Name, string Ending)[] Encodings = [("br", ".br"), ("gzip", ".gz")];

    /// <summary>Beside the program, or where a checkout builds it; null when nobody built it.</summary>
    public static string? FindFolder()
    {
        string?[] places = [Path.Combine(AppContext.BaseDirectory, "web"), Environment.GetEnvironmentVariable("PARLEY_HOME") is { Length: > 0 } home ? Path.Combine(home, "artifacts", "web") : null];
        return places.FirstOrDefault(place => place is not null && File.Exists(Path.Combine(place, "index.html")));
    }

    /// <summary>After routing, so that whatever has an endpoint keeps it.</summary>
    public static void UseWebPage(this IApplicationBuilder app, string folder)
    {
        var files = new PhysicalFileProvider(folder, ExclusionFilters.Sensitive);
        app.Use((http, next) =>
        {
            var request = http.Request;
            if (http.GetEndpoint() is not null || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))) return next(http);
            if (OthersAddresses.Any(address => request.Path.StartsWithSegments(address))) return next(http);
            var path = request.Path.Value!;
            if (path is not "/" && files.GetFileInfo(path) is { Exists: true } file && Types.TryGetContentType(path, out var type)) return SendAsync(http, files, path, file, type);
            // A script that is gone must be a 404, not a page: beside the front door, only people's visits get the document.
            if (path is not "/" && !request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)) return next(http);
            return SendAsync(http, files, "/index.html", files.GetFileInfo("/index.html"), "text/html; charset=utf-8");
        });
    }

    static Task SendAsync(HttpContext http, PhysicalFileProvider files, string path, IFileInfo file, string type)
    {
        var headers = http.Response.Headers;
        if (type.StartsWith("text/html", StringComparison.Ordinal)) headers.ContentSecurityPolicy = Policy;
        // The names under assets/ hold a hash of what is in them.
        headers.CacheControl = path.StartsWith("/assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        var tag = $"{file.LastModified.UtcTicks:x}-{file.Length:x}";
        foreach (var (name, ending) in Encodings)
            if (Accepts(http.Request.Headers.AcceptEncoding, name) && files.GetFileInfo(path + ending) is { Exists: true } packed)
            {
                headers.ContentEncoding = name;
                (file, tag) = (packed, $"{tag}-{name}");
                break;
            }
        return TypedResults.PhysicalFile(file.PhysicalPath!, type, entityTag: new EntityTagHeaderValue($"\"{tag}\"")).ExecuteAsync(http);
    }

    static bool Accepts(StringValues header, string encoding) =>
        StringWithQualityHeaderValue.TryParseList([.. header!], out var accepted) && accepted.Any(one => one.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && one.Quality != 0);
}
