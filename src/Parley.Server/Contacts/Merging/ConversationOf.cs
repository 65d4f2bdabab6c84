namespace Parley.Server.Contacts.Merging;

/// <summary>Which of a contact's conversations c in an integration is that of x (handle, merge_id): who was joined with others by a
/// merge goes on in a conversation of their own.</summary>
internal static class ConversationOf
{
    public const string Handle = """
        (select i.merge_id from contact_identities i where i.tenant_id = c.tenant_id and i.channel = c.channel and i.handle = c.handle) is not distinct from x.merge_id
        """;
}
