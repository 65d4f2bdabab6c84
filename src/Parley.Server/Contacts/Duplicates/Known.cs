using System.Text.Json.Nodes;

namespace Parley.Server.Contacts.Duplicates;

/// <summary>What two contacts are compared by, brought into one form.</summary>
internal sealed class Known
{
    public required Guid Id { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public string? Name { get; init; }

    /// <summary>Words of the name: small letters without accents.</summary>
    public required string[] Words { get; init; }

    /// <summary>+E.164.</summary>
    public required HashSet<string> Numbers { get; init; }
    public required HashSet<string> Emails { get; init; }

    /// <summary>(channel, name) without dots and the like, by which names that may be one are found.</summary>
    public required HashSet<(string Channel, string Handle)> Handles { get; init; }

    /// <summary>(channel, name) as the channel knows it: a dot more is somebody else.</summary>
    public required HashSet<(string Channel, string Name)> Names { get; init; }

    /// <summary>Those of <see cref="Names"/> that the channel itself has told, and tells of nobody else since.</summary>
    public required HashSet<(string Channel, string Name)> Told { get; init; }

    /// <summary>Those that somebody typed, on channels where nothing else is known of the person.</summary>
    public required HashSet<(string Channel, string Name)> Typed { get; init; }
    public string? ExternalRef { get; init; }

    public string FullName => string.Join(' ', Words);
    public string Joined => string.Concat(Words);

    public IEnumerable<string> LocalParts => Emails.Select(LocalPart).Where(part => part.Length >= 5).Distinct();

    /// <summary>Two contacts that may be one share at least one of these; each is rare enough to be looked up (the look is bounded all the same).</summary>
    public string[] Keys()
    {
        var keys = new HashSet<string>();
        foreach (var number in Numbers)
        {
            keys.Add($"p:{number}");
            if (number.Length > 9) keys.Add($"n:{number[^8..]}");   // the same number with another prefix
        }
        foreach (var email in Emails) keys.Add($"e:{email}");
        foreach (var word in LocalParts.Concat(Handles.Select(handle => handle.Handle)).Append(Joined))
            if (word.Length >= 6) keys.Add($"w:{word}");
        if (ExternalRef is not null) keys.Add($"r:{ExternalRef}");
        if (Words.Length > 1)
        {
            // A slip in one of the names leaves the other, and the first letter.
            keys.Add($"f:{Words[0]} {Words[^1][0]}");
            keys.Add($"l:{Words[^1]} {Words[0][0]}");
            keys.Add($"s:{string.Join(' ', Words.Order(StringComparer.Ordinal))}");
        }
        return [.. keys.Where(key => key.Length <= 200).Order(StringComparer.Ordinal)];
    }

    public static Known From(Row row)
    {
        var identities = JsonNode.Parse(row.Identities)!.AsArray().Select(one => (Channel: (string)one!["channel"]!, Handle: (string)one["handle"]!, UserName: (string?)one["user_name"])).ToList();
        var channels = identities.Select(identity => identity.Channel).Where(ContactFields.SocialChannels.Contains).ToHashSet();
        var told = identities.Where(identity => identity.UserName is not null).Select(identity => (identity.Channel, Name: Plain(identity.UserName!))).Where(name => name.Name.Length > 0).ToHashSet();
        var typed = (JsonNode.Parse(row.SocialHandles) as JsonObject ?? []).Select(member => (Channel: member.Key, Name: Plain((string?)member.Value ?? ""))).Where(name => name.Name.Length > 0).ToHashSet();
        var names = typed.Concat(told).Concat(Noted(row, channels)).ToHashSet();
        return new()
        {
            Id = row.Id, UpdatedAt = row.UpdatedAt, Name = row.Name, Words = Split(row.FoldedName), ExternalRef = row.ExternalRef,
            Numbers = [.. identities.Select(identity => identity.Handle).Append(row.Phone).OfType<string>().Where(handle => handle.StartsWith('+'))],
            Emails = [.. identities.Where(identity => identity.Channel == "email").Select(identity => identity.Handle).Append(row.Email).OfType<string>()],
            Handles = [.. names.Select(name => (name.Channel, Compact(name.Name))).Where(handle => handle.Item2.Length >= 4)], Names = names, Told = told,
            Typed = [.. typed.Where(name => !channels.Contains(name.Channel))],
        };
    }

    // A name in the custom fields: the channel told it once, or anybody typed it. Of which channel it is can be seen where there is one.
    static IEnumerable<(string Channel, string Name)> Noted(Row row, HashSet<string> channels) =>
        channels.Count == 1 && JsonNode.Parse(row.Metadata) is JsonObject fields && fields["user_name"] is JsonValue value && value.TryGetValue<string>(out var name) && Plain(name).Length > 0
            ? [(channels.Single(), Plain(name))]
            : [];

    public static string LocalPart(string email) => Compact(email.Split('@')[0].Split('+')[0]);

    static string Plain(string name) => name.Trim().TrimStart('@').ToLowerInvariant();

    static string Compact(string text) => string.Concat(text.ToLowerInvariant().Where(char.IsLetterOrDigit));

    static string[] Split(string name) => new string([.. name.ToLowerInvariant().Replace("ß", "ss").Select(letter => char.IsLetterOrDigit(letter) ? letter : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    internal sealed class Row
    {
        public Guid Id { get; init; }
        public DateTimeOffset UpdatedAt { get; init; }
        public string? Name { get; init; }

        /// <summary>Without accents. The database takes them off, as it does for the search: here, without tables of languages, nothing could.</summary>
        public string FoldedName { get; init; } = "";
        public string? Phone { get; init; }
        public string? Email { get; init; }
        public string? ExternalRef { get; init; }
        public string SocialHandles { get; init; } = "{}";
        public string Metadata { get; init; } = "{}";
        public string Identities { get; init; } = "[]";
    }
}
