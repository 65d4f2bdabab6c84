using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Parley.Emulators.Unipile;

/// <summary>A JSON body, written straight into bytes that are used again: lists of 250 messages are most of what a sync asks for.</summary>
internal sealed class UnipileAnswer(int status, Action<Utf8JsonWriter> write) : IResult
{
    // As JSON.stringify: what needs no escape gets none.
    public static JsonWriterOptions Writing { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    static readonly ConcurrentBag<ArrayBufferWriter<byte>> Buffers = [];

    public static UnipileAnswer Ok(Action<Utf8JsonWriter> write) => new(200, write);

    /// <summary>An object of texts: {"object":"MessageSent","message_id":null}.</summary>
    public static UnipileAnswer Tagged(string tag, int status = 200, params (string Name, object? Value)[] members) => new(status, json =>
    {
        json.WriteStartObject();
        json.WriteString("object"u8, tag);
        foreach (var (name, value) in members)
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, value);
        }
        json.WriteEndObject();
    });

    public async Task ExecuteAsync(HttpContext http)
    {
        if (!Buffers.TryTake(out var buffer)) buffer = new(16 * 1024);
        try
        {
            using (var json = new Utf8JsonWriter(buffer, Writing)) write(json);
            http.Response.StatusCode = status;
            http.Response.ContentType = "application/json; charset=utf-8";
            await UnipileGate.SendAsync(http, buffer.WrittenMemory);
        }
        finally
        {
            buffer.ResetWrittenCount();
            Buffers.Add(buffer);
        }
    }
}
