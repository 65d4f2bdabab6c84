using System.Security.Cryptography;
using System.Text;

namespace Parley.Emulators.Phone;

/// <summary>The page, as one document: its style and script are put into it, and nothing else may run there.</summary>
internal static class PhonePage
{
    static readonly string Style = Read("phone.css"), Script = Read("bubbles.js") + Read("phone.js") + Read("compose.js");
    static readonly string Document = Read("phone.html").Replace("/*style*/", Style).Replace("/*script*/", Script);

    static readonly string Policy = "default-src 'none'; connect-src 'self'; img-src 'self' blob: http: https:; media-src 'self' blob: http: https:; "
        + $"style-src 'sha256-{Hash(Style)}'; script-src 'sha256-{Hash(Script)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static IResult Show(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.CacheControl = "no-store";
        return Results.Content(Document, "text/html; charset=utf-8");
    }

    static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    static string Read(string name)
    {
        using var reader = new StreamReader(typeof(PhonePage).Assembly.GetManifestResourceStream($"phone/{name}")!);
        return reader.ReadToEnd();
    }
}
