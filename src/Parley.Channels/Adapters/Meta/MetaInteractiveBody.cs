using System.Text.Json.Nodes;
using Parley.Channels.Contract;

namespace Parley.Channels.Adapters.Meta;

/// <summary>Buttons, lists and links in Meta's words, within Meta's limits
/// (developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages and its siblings).</summary>
internal static class MetaInteractiveBody
{
    const int LongestBody = 1024, LongestHeader = 60, LongestFooter = 60, LongestButton = 20, LongestButtonId = 256;
    const int MostButtons = 3, MostSections = 10, MostRows = 10, LongestRow = 24, LongestRowId = 200, LongestDescription = 72, LongestSection = 24;

    public static JsonObject Write(Interactive? given, string? words)
    {
        if (given is null) throw new ContentException("An interactive message needs its kind: buttons, list, link or location_request.");
        var (type, action) = given.Kind switch
        {
            "buttons" => ("button", Buttons(given)),
            "list" => ("list", List(given)),
            "link" => ("cta_url", Link(given)),
            "location_request" => ("location_request_message", new JsonObject { ["name"] = "send_location" }),
            _ => throw new ContentException("The kind of an interactive message is buttons, list, link or location_request."),
        };
        var body = new JsonObject { ["type"] = type, ["body"] = new JsonObject { ["text"] = MetaMessageBody.Words(words, LongestBody, "The text") }, ["action"] = action };
        if (given.Header is { } header) body["header"] = new JsonObject { ["type"] = "text", ["text"] = MetaMessageBody.Words(header, LongestHeader, "The header") };
        if (given.Footer is { } footer) body["footer"] = new JsonObject { ["text"] = MetaMessageBody.Words(footer, LongestFooter, "The footer") };
        return body;
    }

    static JsonObject Buttons(Interactive given)
    {
        if (given.Buttons is not { Count: >= 1 and <= MostButtons } buttons) throw new ContentException($"There must be 1 to {MostButtons} buttons.");
        Distinct(buttons, "button");
        return new()
        {
            ["buttons"] = new JsonArray([.. buttons.Select(button => new JsonObject
            {
                ["type"] = "reply",
                ["reply"] = new JsonObject
                {
                    ["id"] = MetaMessageBody.Words(button.Id, LongestButtonId, "A button's id"), ["title"] = MetaMessageBody.Words(button.Title, LongestButton, "A button's title"),
                },
            })]),
        };
    }

    static JsonObject List(Interactive given)
    {
        if (given.Sections is not { Count: >= 1 and <= MostSections } sections) throw new ContentException($"A list needs 1 to {MostSections} sections.");
        var rows = sections.SelectMany(section => section.Rows ?? []).ToList();
        if (rows.Count is 0 or > MostRows) throw new ContentException($"A list needs 1 to {MostRows} rows in all.");
        Distinct(rows, "row");
        return new()
        {
            ["button"] = MetaMessageBody.Words(given.Open ?? "Choose", LongestButton, "What opens the list"),
            ["sections"] = new JsonArray([.. sections.Select(section => Section(section, sections.Count > 1))]),
        };
    }

    static JsonObject Section(InteractiveSection section, bool needsTitle)
    {
        var written = new JsonObject { ["rows"] = new JsonArray([.. (section.Rows ?? []).Select(Row)]) };
        if (needsTitle || section.Title is not null) written["title"] = MetaMessageBody.Words(section.Title, LongestSection, "A section's title");
        return written;
    }

    static JsonObject Row(InteractiveChoice row)
    {
        var written = new JsonObject { ["id"] = MetaMessageBody.Words(row.Id, LongestRowId, "A row's id"), ["title"] = MetaMessageBody.Words(row.Title, LongestRow, "A row's title") };
        if (row.Description is { } description) written["description"] = MetaMessageBody.Words(description, LongestDescription, "A row's description");
        return written;
    }

    static JsonObject Link(Interactive given)
    {
        if (!Uri.TryCreate(given.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) throw new ContentException("A link needs a web address as its url.");
        return new()
        {
            ["name"] = "cta_url",
            ["parameters"] = new JsonObject { ["display_text"] = MetaMessageBody.Words(given.Title, LongestButton, "The link's title"), ["url"] = url.ToString() },
        };
    }

    static void Distinct(IReadOnlyList<InteractiveChoice> choices, string what)
    {
        if (choices.DistinctBy(choice => choice.Id).Count() < choices.Count) throw new ContentException($"Each {what} needs an id of its own.");
    }
}
