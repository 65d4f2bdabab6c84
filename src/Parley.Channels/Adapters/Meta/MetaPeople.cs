using System.Text.Json;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>The contacts[] of one change, found by number or business-scoped id: their order says nothing.</summary>
internal sealed class MetaPeople
{
    /// <summary>Stands for a writer whom Meta did not name, so that the message is shown and not lost.</summary>
    public const string Unknown = "unknown";

    readonly Dictionary<string, Profile> byId = [];

    sealed record Profile(string? Number, string? UserId, string? Name);

    public MetaPeople(JsonElement contacts)
    {
        foreach (var contact in contacts.Items())
        {
            var described = contact.Get("profile"u8);
            var profile = new Profile(
                contact.Get("wa_id"u8).Id(),
                contact.Get("user_id"u8).Id(),
                described.Get("name"u8).Text() is { Length: > 0 } name ? name : described.Get("username"u8).Text());
            if (profile.Number is { } number) byId[number] = profile;
            if (profile.UserId is { } userId) byId[userId] = profile;
        }
    }

    /// <summary>The person behind a number and a business-scoped id, of which either may be missing. The number is the
    /// handle when there is one, because it is what people and other channels know.</summary>
    public Correspondent Find(string? number, string? userId)
    {
        var profile = number is not null && byId.TryGetValue(number, out var known) || userId is not null && byId.TryGetValue(userId, out known) ? known : null;
        string[] handles = [.. new[] { number, userId, profile?.Number, profile?.UserId }.Select(Handle).OfType<string>().Distinct()];
        var handle = handles.FirstOrDefault(one => one[0] == '+') ?? handles.FirstOrDefault() ?? Unknown;
        return new(handle, [.. handles.Where(one => one != handle)], profile?.Name);
    }

    /// <summary>"+digits" for a number; anything else stays as given (a business-scoped id keeps its letters).</summary>
    public static string? Handle(string? id)
    {
        if (string.IsNullOrEmpty(id)) return null;
        var digits = id.AsSpan().TrimStart('+');
        return digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9') ? $"+{digits}" : id;
    }
}
