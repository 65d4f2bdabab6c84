using System.Globalization;
using Parley.Channels.Contract;

namespace Parley.Server.Sending;

/// <summary>What travels with a message and comes back in its statuses: which message, and which attempt at it.</summary>
internal readonly record struct Reference(Guid MessageId, int Attempt)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{MessageId:N}.{Attempt}");

    /// <summary>Null for what is not ours: other systems may send through the same account.</summary>
    public static Reference? Parse(string? text) =>
        text is { Length: > 33 } && text[32] == '.'
        && Guid.TryParseExact(text.AsSpan(0, 32), "N", out var id)
        && int.TryParse(text.AsSpan(33), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) ? new(id, attempt) : null;
}

internal static class FailureWords
{
    /// <summary>As kept in error_message: our words, then the provider's.</summary>
    public static string Of(SendFailure failure) =>
        failure.ProviderText is { Length: > 0 } text ? $"{failure.Words} The provider said: {text}" : failure.Words;
}
