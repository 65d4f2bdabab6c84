namespace Parley.Server.Contacts.Merging;

/// <summary>Who an id means now: the contact itself, or the one it was merged into. A value that is selected before: under row-level security a comparison with coalesce would use no index.</summary>
internal static class ContactNow
{
    /// <param name="id">The parameter that holds the id; the statement's tenant is @tenant.</param>
    public static string Of(string id) => $"(select coalesce((select a.contact_id from contact_aliases a where a.tenant_id = @tenant and a.id = {id}), {id}))";
}
