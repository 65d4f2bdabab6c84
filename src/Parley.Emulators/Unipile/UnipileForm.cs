using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>A file of a send.</summary>
/// <param name="Part">attachments, voice_message or video_message.</param>
internal sealed record UnipileUpload(string Part, string Name, string MimeType, byte[] Bytes);

/// <summary>The parts of a send, which may be multipart, urlencoded or JSON.</summary>
internal sealed record UnipileForm(string Format, IReadOnlyDictionary<string, IReadOnlyList<string>> Fields, IReadOnlyList<UnipileUpload> Files)
{
    const long MostBytes = 26_214_400;
    static readonly HashSet<string> FileParts = ["attachments", "voice_message", "video_message"];

    public string? Text(string name) => Fields.GetValueOrDefault(name) is [{ Length: > 0 } first, ..] ? first : null;

    public static async Task<(UnipileForm? Form, IResult? Wrong)> ReadAsync(HttpRequest request)
    {
        var cancellationToken = request.HttpContext.RequestAborted;
        if (request.HasJsonContentType())
        {
            try
            {
                var body = await JsonSerializer.DeserializeAsync<JsonObject>(request.Body, cancellationToken: cancellationToken) ?? [];
                return (new("json", body.ToDictionary(member => member.Key, member => Values(member.Value)), []), null);
            }
            catch (JsonException) { return (null, UnipileErrors.Answer("malformed_request", "The body is not valid JSON.")); }
        }
        if (!request.HasFormContentType) return (null, UnipileErrors.Answer("invalid_request", "The body must be multipart/form-data."));
        IFormCollection form;
        try { form = await request.ReadFormAsync(cancellationToken); }
        catch (Exception broken) when (broken is InvalidDataException or IOException) { return (null, UnipileErrors.Answer("malformed_request", "The body cannot be read.")); }
        if (form.Files.Sum(file => file.Length) > MostBytes) return (null, UnipileErrors.Answer("content_too_large"));
        var files = new List<UnipileUpload>();
        // Parts of other names (attachments[], files) are nobody's.
        foreach (var file in form.Files.Where(file => FileParts.Contains(file.Name)))
        {
            using var bytes = new MemoryStream((int)file.Length);
            await file.CopyToAsync(bytes, cancellationToken);
            files.Add(new(file.Name, file.FileName, string.IsNullOrEmpty(file.ContentType) ? "application/octet-stream" : file.ContentType, bytes.ToArray()));
        }
        var fields = form.ToDictionary(field => field.Key, field => (IReadOnlyList<string>)[.. field.Value.OfType<string>()]);
        return (new(request.ContentType!.StartsWith("multipart", StringComparison.OrdinalIgnoreCase) ? "multipart" : "urlencoded", fields, files), null);
    }

    static IReadOnlyList<string> Values(JsonNode? value) => value switch
    {
        JsonArray list => [.. list.Select(one => one.AsText() ?? one?.ToJsonString() ?? "")],
        null => [],
        _ => [value.AsText() ?? value.ToJsonString()],
    };
}
