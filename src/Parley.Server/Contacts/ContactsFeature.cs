using Parley.Server.Contacts.Merging;

namespace Parley.Server.Contacts;

internal static class ContactsFeature
{
    /// <param name="work">True where later work is done.</param>
    public static IServiceCollection AddContacts(this IServiceCollection services, bool work)
    {
        services.AddSingleton<ContactStore>().AddSingleton<ContactSearch>().AddSingleton<MergeStore>();
        return services;
    }
}
