using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Npgsql;

namespace Parley.Server.Platform.Http;

/// <summary>Every error is a problem document (RFC 9457) in words. Expected refusals are return values made here; broken
/// worlds are exceptions and end in <see cref="UseParleyProblems"/>.</summary>
internal static class Problems
{
    public static IServiceCollection AddParleyProblems(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);   // what cannot be read is answered in our words, below
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.DictionaryKeyPolicy = null;
            options.SerializerOptions.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;   // JSON, not HTML
            options.SerializerOptions.AllowDuplicateProperties = false;
            options.SerializerOptions.Converters.Add(new WholeJson<JsonObject>());
            options.SerializerOptions.Converters.Add(new WholeJson<JsonArray>());
            options.SerializerOptions.Converters.Add(new WholeJson<JsonNode>());
        });
        return services;
    }

    public static void UseParleyProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = WriteAsync,
            SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException or Media.FileGoneException or PostgresException { SqlState: "22021" or "22P05" },   // the sender's mistake is nothing for our log
        });
        app.UseStatusCodePages(async page =>
        {
            var status = page.HttpContext.Response.StatusCode;
            var (title, words) = status switch
            {
                404 => ("Not found", "There is nothing at this address."),
                405 => ("Method not allowed", "This address does not know that method."),
                413 => ("Too large", "The body is larger than this address accepts."),
                415 => ("Unsupported media type", "Send JSON, with Content-Type: application/json."),
                400 => ("Bad request", "A part of the address or the body cannot be read."),
                _ => ("Refused", "The request was refused."),
            };
            await TypedResults.Problem(words, statusCode: status, title: title).ExecuteAsync(page.HttpContext);
        });
        app.Use((http, next) =>
        {
            if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.Charset.HasValue || type.Encoding is not null) return next(http);
            return TypedResults.Problem("That character set is not known here. Send UTF-8.", statusCode: 415, title: "Unsupported media type").ExecuteAsync(http);
        });
    }

    /// <summary>400 for one field.</summary>
    public static ValidationProblem Invalid(string field, string sentence) =>
        TypedResults.ValidationProblem(new Dictionary<string, string[]> { [field] = [sentence] });

    public static ProblemHttpResult Missing(string what) => TypedResults.Problem($"There is no such {what}.", statusCode: 404, title: "Not found");

    public static ProblemHttpResult Forbidden(string sentence) => TypedResults.Problem(sentence, statusCode: 403, title: "Not allowed");

    public static ProblemHttpResult Conflict(string sentence) => TypedResults.Problem(sentence, statusCode: 409, title: "Conflict");

    static async Task WriteAsync(HttpContext http)
    {
        var failure = http.Features.Get<IExceptionHandlerFeature>()?.Error;
        var (status, title, words) = failure switch
        {
            BadHttpRequestException { StatusCode: 413 } => (413, "Too large", "The body is larger than this address accepts."),
            BadHttpRequestException { InnerException: JsonException json } => (400, "Bad request", Words(json)),
            BadHttpRequestException { StatusCode: 415 } => (415, "Unsupported media type", "Send JSON, with Content-Type: application/json."),
            BadHttpRequestException bad => (bad.StatusCode, "Bad request", Words(bad)),
            PostgresException { SqlState: "22021" or "22P05" } => (400, "Bad request", "A text holds a character that cannot be stored (NUL, or half of a surrogate pair)."),
            Media.FileGoneException gone => (409, "Conflict", gone.Message),
            Media.StorageException away => (503, "Storage away", $"{away.Message} Nothing was changed; try again."),
            PostgresException { SqlState: ['5', '3' or '7', ..] } or NpgsqlException and not PostgresException => (503, "Database away", "The database cannot be reached just now. Nothing was changed; try again."),
            _ => (500, "Something broke", "This is our fault. Nothing of the request is known to have been stored; the log has the details."),
        };
        if (status == 503) http.Response.Headers.RetryAfter = "5";
        await TypedResults.Problem(words, statusCode: status, title: title).ExecuteAsync(http);
    }

    // "Failed to bind parameter "int? limit" from "x"." and its siblings, in the words of somebody who does not know our code.
    static string Words(BadHttpRequestException bad) => bad.Message.Split('"') is ["Failed to bind parameter ", var parameter, _, var value, ..]
        ? $"{parameter.Split(' ')[^1]}: \"{value}\" cannot be read as that."
        : bad.Message.StartsWith("Required parameter", StringComparison.Ordinal) ? "The body is missing." : bad.Message;

    static string Words(JsonException json) =>
        json.Path is { Length: > 1 } path ? $"The value at {path} cannot be read: it has the wrong type or form." : "The body is not valid JSON.";
}

/// <summary>What a text may hold.</summary>
internal static class Texts
{
    /// <summary>Null when PostgreSQL can store it and it is not too long; otherwise a sentence.</summary>
    public static string? Wrong(string text, int most)
    {
        if (text.Length > most) return $"At most {most:N0} characters are possible; this has {text.Length:N0}.";
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') return "It holds a NUL character, which cannot be stored.";
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return "It holds half of a surrogate pair, which is no character.";
        }
        return null;
    }

    /// <inheritdoc cref="Wrong(string, int)"/>
    public static string? Wrong(System.Text.Json.Nodes.JsonNode json, int most)
    {
        string text;
        try { text = json.ToJsonString(); }
        catch (Exception half) when (half is ArgumentException or InvalidOperationException) { return "It holds half of a surrogate pair, which is no character."; }
        return text.Length > most ? $"At most {most:N0} characters are possible; this has {text.Length:N0}."
            : text.Contains("\\u0000", StringComparison.Ordinal) ? "It holds a NUL character, which cannot be stored."
            : null;
    }

    /// <summary>The text with the sign for "no character" where PostgreSQL could not store what is there, cut to a length.</summary>
    public static string Storable(string text, int most)
    {
        var clean = new System.Text.StringBuilder(Math.Min(text.Length, most));
        foreach (var rune in text.EnumerateRunes())   // half a character comes as the sign already
        {
            if (clean.Length + rune.Utf16SequenceLength > most) break;
            clean.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        }
        return clean.ToString();
    }
}
