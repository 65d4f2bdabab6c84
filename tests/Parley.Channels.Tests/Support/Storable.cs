using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Parley.Channels.Contract;

namespace Parley.Channels.Tests.Support;

/// <summary>Looks for what PostgreSQL refuses: NUL and lone surrogates in text, numbers that are none. Serialising alone
/// would not notice, because it quietly replaces lone surrogates.</summary>
static class Storable
{
    static readonly JsonSerializerOptions Judging = new() { Converters = { new Text(), new Tree() } };

    public static string? Problem(WebhookContent content)
    {
        try
        {
            Judge(content.Kind);
            Judge(content.Error ?? "");
            foreach (var one in content.Events) JsonSerializer.Serialize(one, one.GetType(), Judging);
            return null;
        }
        catch (FormatException failure)
        {
            return failure.Message;
        }
    }

    static void Judge(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])) at++;
            else if (text[at] == '\0' || char.IsSurrogate(text[at])) throw new FormatException($"U+{(int)text[at]:X4} at {at}");
        }
    }

    static void Judge(JsonNode? node)
    {
        if (node is JsonArray list) foreach (var item in list) Judge(item);
        if (node is JsonObject members)
            foreach (var (name, value) in members)
            {
                Judge(name);
                Judge(value);
            }
        if (node is not JsonValue leaf) return;
        if (leaf.GetValueKind() == JsonValueKind.String) Judge(leaf.GetValue<string>());
        else if (leaf.TryGetValue<double>(out var number) && !double.IsFinite(number)) throw new FormatException("An infinite number");
    }

    sealed class Text : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
        {
            Judge(value);
            writer.WriteStringValue(value);
        }
    }

    sealed class Tree : JsonConverter<JsonObject>
    {
        public override JsonObject Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, JsonObject value, JsonSerializerOptions options)
        {
            Judge(value);
            value.WriteTo(writer, options);
        }
    }
}
