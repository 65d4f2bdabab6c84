namespace Parley.Server.Contacts.Merging;

/// <summary>A table with rows of a contact, and what a merge does with them.</summary>
/// <param name="Column">The foreign key to contacts.</param>
/// <param name="Key">What tells a tenant's rows apart.</param>
/// <param name="OnePer">Columns of which a contact has each value once: a row that who stays has as well is put aside, not moved. Empty: one row for
/// each contact. Null: any number.</param>
/// <param name="IsAside">The rows make no sense for anybody else: all are put aside, and come back when the merge is undone.</param>
/// <param name="Needs">What a row names apart from the contact: one that was put aside does not come back when that is gone since.</param>
/// <param name="Other">Where a row that was put aside names a second contact: it comes back when both are here.</param>
internal sealed record ContactTable(string Name, string Column, string[] Key, string[]? OnePer = null, bool IsAside = false, string? Other = null, (string Column, string Table)[]? Needs = null)
{
    /// <summary>Under which its rows stand in the record of a merge.</summary>
    public string Slot => $"{Name}.{Column}";
}

/// <summary>Every table with a foreign key to contacts. One more takes one more line here, and a test fails without it.
/// (Messages have no such key: whose they are, their conversation says.)</summary>
internal static class ContactTables
{
    public static readonly IReadOnlyList<ContactTable> All =
    [
        new("assignments", "contact_id", ["id"], OnePer: []),
        new("contact_identities", "contact_id", ["channel", "handle"]),
        new("conversations", "contact_id", ["id"]),
        new("notes", "contact_id", ["id"]),
        new("contact_labels", "contact_id", ["label_id"], OnePer: ["label_id"], Needs: [("label_id", "labels")]),
        new("contact_aliases", "contact_id", ["id"]),
        new("contact_suggestions", "first_id", ["id"], IsAside: true, Other: "second_id"),
        new("contact_suggestions", "second_id", ["id"], IsAside: true, Other: "first_id"),
    ];
}
