namespace Parley.Server.WebhooksOut;

/// <summary>A type of event that an endpoint can be told of.</summary>
/// <param name="Group">What it is about, for the page.</param>
public sealed record EventTypeView(string Type, string Group, string Description);

/// <summary>What can be asked for. The lines of the feed that are missing here are the house's own: who is told what, whose view is which,
/// how a reading goes, and what becomes of endpoints themselves, which would tell of itself for ever.</summary>
internal static class EventTypes
{
    /// <summary>Sent by a test, and never asked for.</summary>
    public const string Ping = "ping";

    public static readonly IReadOnlyList<EventTypeView> All =
    [
        new("message.created", "Messages", "A customer wrote, or somebody here did."),
        new("message.updated", "Messages", "A message was sent, delivered, read, edited, deleted or reacted to, or it failed."),
        new("message.scheduled", "Messages", "A message was put aside for later."),
        new("message.cancelled", "Messages", "A message for later was cancelled."),
        new("conversation.updated", "Conversations", "A conversation was opened, closed, archived, snoozed, read or labelled."),
        new("conversation.woken", "Conversations", "A snooze ended."),
        new("conversation.merged", "Conversations", "Two conversations with one person became one."),
        new("contact.created", "Contacts", "Somebody added a contact."),
        new("contact.updated", "Contacts", "What is known of a contact changed."),
        new("contact.deleted", "Contacts", "A contact was deleted."),
        new("contact.merged", "Contacts", "Two contacts became one."),
        new("contact.unmerged", "Contacts", "They are two again."),
        new("contacts.imported", "Contacts", "A file of contacts was read in."),
        new("assignment.updated", "Contacts", "Somebody else takes care of a contact."),
        new("note.created", "Contacts", "A colleague wrote a note about a contact."),
        new("note.updated", "Contacts", "A note was changed."),
        new("note.deleted", "Contacts", "A note was deleted."),
        new("integration.updated", "Organisation", "A channel was connected or changed, or its health did."),
        new("integration.removed", "Organisation", "A channel was removed."),
        new("campaign.updated", "Organisation", "A campaign was prepared, started, paused, or got on."),
        new("template.updated", "Organisation", "A template was changed, approved or rejected."),
        new("label.updated", "Organisation", "A label was made, changed or deleted."),
        new("team.updated", "Organisation", "A team was made, changed or deleted."),
        new("user.updated", "Organisation", "A member of the team was added or changed."),
        new("settings.updated", "Organisation", "The organisation's settings were changed."),
        new("automation.updated", "Organisation", "An automation was made, changed, switched on or off, or deleted."),
        new("bot_documents.updated", "Organisation", "What the bot answers from was changed."),
    ];

    /// <summary>Lines of the feed that stay here.</summary>
    public static readonly IReadOnlySet<string> Inside = new HashSet<string> { "notification.created", "contact.suggested", "contact.settings", "view.updated", "sync.updated", "webhook_endpoint.updated" };

    static readonly HashSet<string> Known = [.. All.Select(one => one.Type)];

    public static bool IsKnown(string type) => Known.Contains(type);

    /// <param name="wanted">Empty: all.</param>
    public static bool IsWanted(string type, string[] wanted) => wanted.Length == 0 ? IsKnown(type) : wanted.Contains(type);
}
