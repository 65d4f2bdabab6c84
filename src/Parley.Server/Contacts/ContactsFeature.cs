using Parley.Server.Contacts.Duplicates;
using Parley.Server.Contacts.Import;
using Parley.Server.Contacts.Merging;
using Parley.Server.Jobs;

namespace Parley.Server.Contacts;

internal static class ContactsFeature
{
    /// <param name="work">True where later work is done.</param>
    public static IServiceCollection AddContacts(this IServiceCollection services, bool work)
    {
        services.AddSingleton<ContactStore>().AddSingleton<ContactSearch>().AddSingleton<MergeStore>();
        services.AddSingleton<DuplicateStore>().AddSingleton<SuggestionStore>().AddSingleton<DuplicateWorker>();
        services.AddSingleton<ImportStore>().AddSingleton<IJobHandler, ImportContacts>();
        if (work) services.AddHostedService(provider => provider.GetRequiredService<DuplicateWorker>());
        return services;
    }

    public static void MapContactsFeature(this IEndpointRouteBuilder routes)
    {
        routes.MapContacts();
        routes.MapMerges();
        routes.MapSuggestions();
        routes.MapImports();
    }
}
