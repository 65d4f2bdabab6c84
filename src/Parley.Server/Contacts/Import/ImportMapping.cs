using System.Text.Json.Nodes;
using Parley.Channels;
using Parley.Server.Platform.Http;

namespace Parley.Server.Contacts.Import;

/// <summary>A row as it would be taken, or what is wrong with it.</summary>
/// <param name="OptOuts">Addresses that are not to be written to.</param>
internal sealed record ImportRow(CsvRow Source, ContactFields Fields, IReadOnlyList<string> Errors, IReadOnlyList<(string Channel, string Handle)> OptOuts);

/// <summary>Which column is which field: names of fields by the column's place, from 0 on.</summary>
internal sealed class ImportMapping
{
    const string CustomField = "metadata.";
    static readonly string[] Plain = ["name", "first_name", "last_name", "phone", "email", "external_ref", "status", "notes", "opted_out", "metadata", .. ContactFields.SocialChannels];

    // What columns are called elsewhere.
    static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["full name"] = "name", ["display name"] = "name", ["contact"] = "name", ["nome"] = "name", ["nombre"] = "name", ["first name"] = "first_name", ["given name"] = "first_name", ["vorname"] = "first_name",
        ["last name"] = "last_name", ["family name"] = "last_name", ["surname"] = "last_name", ["nachname"] = "last_name", ["mobile"] = "phone", ["phone number"] = "phone", ["telephone"] = "phone",
        ["telefon"] = "phone", ["telefone"] = "phone", ["whatsapp"] = "phone", ["e-mail"] = "email", ["mail"] = "email", ["email address"] = "email", ["e-mail address"] = "email", ["external id"] = "external_ref",
        ["reference"] = "external_ref", ["customer id"] = "external_ref", ["customer number"] = "external_ref", ["kundennummer"] = "external_ref", ["notizen"] = "notes", ["note"] = "notes", ["comment"] = "notes", ["x"] = "twitter",
        ["opted out"] = "opted_out", ["opt out"] = "opted_out", ["unsubscribed"] = "opted_out", ["do not contact"] = "opted_out",
    };

    static readonly string[] Yes = ["yes", "y", "true", "1", "x", "ja", "sim", "si", "s\u00ed", "oui"], No = ["no", "n", "false", "0", "nein", "n\u00e3o", "non"];

    readonly Dictionary<int, string> _fields;
    readonly Dictionary<string, int> _seen = [];

    readonly int _columns;
    readonly NumberingPlan? _country;

    ImportMapping(Dictionary<int, string> fields, int columns, NumberingPlan? country) => (_fields, _columns, _country) = (fields, columns, country);

    /// <summary>What the names of the columns suggest; a name that suggests nothing is that of a custom field, so that no column is left out unseen.</summary>
    public static JsonObject Guess(IReadOnlyList<string> columns)
    {
        var guess = new JsonObject();
        var taken = new HashSet<string>();
        // What an export tells beyond what can be imported, when the file is one.
        string[] told = columns.Contains("identities") && columns.Contains("opted_out") ? ["id", "identities", "created_at"] : [];
        for (var i = 0; i < columns.Count; i++)
        {
            var name = columns[i].Trim();
            if (told.Contains(name)) continue;
            var field = Plain.FirstOrDefault(plain => plain == name.ToLowerInvariant().Replace(' ', '_')) ?? Names.GetValueOrDefault(name.Replace('_', ' '));
            if (field is null || taken.Contains(field)) field = name.Length is > 0 and <= 100 ? CustomField + name : null;
            if (field is not null && taken.Add(field)) guess[i.ToString(System.Globalization.CultureInfo.InvariantCulture)] = field;
        }
        return guess;
    }

    /// <summary>The mapping, or a sentence.</summary>
    /// <param name="country">A key of <see cref="NationalNumbers.Plans"/>: of which country numbers without + are. Null: nobody said.</param>
    public static (ImportMapping? Mapping, string? Wrong) Read(JsonObject given, int columns, string? country)
    {
        var fields = new Dictionary<int, string>();
        foreach (var (place, value) in given)
        {
            if (value is null) continue;
            if (!int.TryParse(place, out var column) || column < 0 || column >= columns) return (null, $"There is no column {place}: the first is 0, the last {columns - 1}.");
            if (value.GetValueKind() != System.Text.Json.JsonValueKind.String || (string)value! is not { } field) return (null, $"Column {place}: it must be the name of a field.");
            if (!Plain.Contains(field) && !(field.StartsWith(CustomField, StringComparison.Ordinal) && field.Length is > 9 and <= 109)) return (null, $"Column {place}: there is no field {field}. Custom fields are written metadata.name.");
            if (fields.ContainsValue(field)) return (null, $"Two columns are {field}.");
            fields[column] = field;
        }
        return fields.Count == 0 ? (null, "No column is mapped to a field.") : (new(fields, columns, country is null ? null : NationalNumbers.Plans[country]), null);
    }

    /// <summary>The row's fields. Rows must come in order: what an earlier row has already is said.</summary>
    public ImportRow Take(CsvRow row)
    {
        var given = new JsonObject();
        var (metadata, social) = (new JsonObject(), new JsonObject());
        var errors = new List<string>();
        if (row.Wrong is not null) return new(row, ContactFields.Read([]).Fields, [row.Wrong], []);
        string? first = null, last = null, optedOut = null;
        // A comma that stands in a name without quotes: the cells behind it are in the wrong columns.
        if (row.Cells.Skip(_columns).Any(cell => !string.IsNullOrWhiteSpace(cell))) errors.Add($"It has {row.Cells.Length} cells, and the first row names {_columns}.");
        foreach (var (column, field) in _fields.OrderBy(field => field.Key))
        {
            if (column >= row.Cells.Length || CsvText.Restore(row.Cells[column]).Trim() is not { Length: > 0 } cell) continue;
            if (field == "first_name") first = cell;
            else if (field == "last_name") last = cell;
            else if (field == "metadata") TakeObject(cell);
            else if (field == "phone") TakePhone(cell);
            else if (field == "opted_out") optedOut = cell;
            else if (field.StartsWith(CustomField, StringComparison.Ordinal)) metadata[field[CustomField.Length..]] = cell;
            else if (ContactFields.SocialChannels.Contains(field)) TakeSocial(field, cell);
            else given[field] = cell;
        }
        if (given["name"] is null && (first ?? last) is not null) given["name"] = $"{first} {last}".Trim();
        if (metadata.Count > 0) given["metadata"] = metadata;
        if (social.Count > 0) given["social_handles"] = social;

        var (fields, wrong) = ContactFields.Read(given);
        errors.AddRange(wrong.Select(field => $"{field.Key}: {field.Value}"));
        if (wrong.Count == 0 && errors.Count == 0)
        {
            if (fields is { Name: null, Phone: null, Email: null, ExternalRef: null, SocialHandles.Count: 0 }) errors.Add("Nothing in this row says who it is.");
            foreach (var (what, key) in new[] { ("phone number", NumberOf(fields)), ("e-mail address", fields.Email), ("external reference", fields.ExternalRef is { } reference ? $"#{reference}" : null) })
                if (key is not null && _seen.TryGetValue(key, out var earlier)) errors.Add($"Row {earlier} has the same {what}.");
        }
        var optOuts = errors.Count == 0 && optedOut is not null ? ReadOptOuts(optedOut, fields) : [];
        if (errors.Count == 0)
            foreach (var key in new[] { NumberOf(fields), fields.Email, fields.ExternalRef is { } reference ? $"#{reference}" : null })
                if (key is not null) _seen[key] = row.Number;
        return new(row, fields, errors, optOuts);

        // However it is written.
        static string? NumberOf(ContactFields fields) => fields.Phone is { } phone ? PhoneNumbers.Key(phone) ?? phone : null;

        // "yes": all addresses of the row; or channels, or addresses as an export writes them.
        List<(string, string)> ReadOptOuts(string cell, ContactFields fields)
        {
            var own = fields.Identities(Guid.Empty).Select(one => (one.Channel, one.Handle)).ToList();
            if (No.Contains(cell, StringComparer.OrdinalIgnoreCase)) return [];
            if (Yes.Contains(cell, StringComparer.OrdinalIgnoreCase))
            {
                if (own.Count == 0) errors.Add("opted_out: this row has no number or e-mail address that could be opted out.");
                return own;
            }
            var found = new List<(string, string)>();
            foreach (var word in cell.Split([' ', ',', ';'], StringSplitOptions.RemoveEmptyEntries))
            {
                var (channel, handle) = word.Split(':', 2) is [var before, var after] ? (before.ToLowerInvariant(), after) : (word.ToLowerInvariant(), null);
                var of = handle is null ? own.Where(one => one.Channel == channel).ToList() : [(channel, channel switch
                {
                    "whatsapp" or "sms" => ReadNumber(handle) ?? "",
                    "email" => handle.ToLowerInvariant(),
                    _ => handle,
                })];
                if (!ContactFields.Channels.Contains(channel) || of.Count == 0 || of.Any(one => one.Item2.Length == 0 || Texts.Wrong(one.Item2, 320) is not null))
                    errors.Add($"opted_out: \"{ContactFields.Short(word)}\" is neither yes or no, nor a channel of this row, nor an address such as whatsapp:+4930123456.");
                else found.AddRange(of);
            }
            return found;
        }

        // As in the column of numbers, or an id that WhatsApp gives instead of one.
        string? ReadNumber(string handle) =>
            PhoneNumbers.IsInternational(handle) || handle.Any(char.IsLetter) ? Messages.Recipients.Normalise(handle) : _country is null ? null : NationalNumbers.Normalise(handle, _country);

        void TakePhone(string cell)
        {
            if (PhoneNumbers.IsInternational(cell) || (_country is null && PhoneNumbers.Normalise(cell) is null)) given["phone"] = cell;
            else if (_country is null) errors.Add($"phone: \"{ContactFields.Short(cell)}\" does not say of which country it is. Choose the country of numbers without +, or write + (or 00) and the country's code before it.");
            else if (NationalNumbers.Normalise(cell, _country) is { } number) given["phone"] = number;
            else errors.Add($"phone: \"{ContactFields.Short(cell)}\" is no phone number of {_country.Code}, or could be read with and without the country's code. Write + (or 00) and the country's code before it.");
        }

        void TakeSocial(string channel, string cell)
        {
            if (cell.TrimStart('@').Trim().Length > 0) social[channel] = cell;
        }

        void TakeObject(string cell)
        {
            try
            {
                if (JsonNode.Parse(cell) is not JsonObject members) errors.Add("metadata: it must be a JSON object.");
                else
                    foreach (var (name, value) in members) metadata[name] = value?.DeepClone();
            }
            catch (Exception unreadable) when (unreadable is System.Text.Json.JsonException or ArgumentException or InvalidOperationException)
            {
                errors.Add("metadata: it is no JSON.");
            }
        }
    }
}
