using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Parley.Channels.Contract;

namespace Parley.Channels.Tests.Support;

/// <summary>What a webhook said, as text that a person can review: the kind, then one event per line.</summary>
static class ContentText
{
    static readonly JsonSerializerOptions Plain = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Of(WebhookContent content) => string.Join('\n',
    [
        content.Error is null ? content.Kind : $"{content.Kind} ({content.Error})",
        .. content.Events.Select(one => $"{one.GetType().Name} {JsonSerializer.Serialize(one, one.GetType(), Plain)}"),
    ]);
}
