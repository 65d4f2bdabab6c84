using System.Text.RegularExpressions;
using Parley.Channels;
using Parley.Server.Contacts.Merging;
using Parley.Server.Platform;
using Parley.Server.Platform.Database;

namespace Parley.Server.Messages;

/// <summary>From what a person typed to a conversation one can write into.</summary>
internal static partial class Recipients
{
    /// <summary>The handle as stored, or null when it is none: "+E.164" for numbers, a business-scoped id as given.</summary>
    public static string? Normalise(string to)
    {
        var text = to.Trim();
        if (text.StartsWith("whatsapp:", StringComparison.OrdinalIgnoreCase)) text = text[9..].Trim();
        if (BusinessScoped().IsMatch(text)) return text;
        return PhoneNumbers.Normalise(text);
    }

    /// <summary>Finds or makes the person and their conversation in this integration; two callers at once get the same one. A number that
    /// networks write in two ways is the one that is known here.</summary>
    public static async Task<Guid> EnsureConversationAsync(Change change, Guid integration, string channel, string handle, CancellationToken cancellationToken)
    {
        var variants = PhoneNumbers.Variants(handle);
        if (variants.Count > 0) handle = await FindKnownAsync() ?? handle;
        var isNew = await change.ExecuteAsync("""
            with i as (
                insert into contact_identities (tenant_id, channel, handle, number_key, contact_id, created_at)
                values (@tenant, @channel, @handle, @key, @id, @now)
                on conflict do nothing
                returning contact_id
            )
            insert into contacts (tenant_id, id, phone, created_at, updated_at)
            select @tenant, contact_id, @phone, @now, @now from i
            """, new { channel, handle, key = PhoneNumbers.Key(handle), id = Ids.New(change.Now), phone = handle.StartsWith('+') ? handle : null, now = change.Now }, cancellationToken) > 0;
        // Somebody else met the person just now, perhaps in the other writing.
        if (variants.Count > 0 && !isNew) handle = await FindKnownAsync() ?? handle;
        await change.ExecuteAsync($"""
            insert into conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, last_message_at, created_at, updated_at)
            select @tenant, @id, x.contact_id, @integration, @channel, @handle, @handle, @now, @now, @now
            from contact_identities x
            where x.tenant_id = @tenant and x.channel = @channel and x.handle = @handle
              and not exists (select 1 from conversations c where c.tenant_id = @tenant and c.contact_id = x.contact_id and c.integration_id = @integration and {ConversationOf.Handle})
            on conflict (tenant_id, integration_id, thread_id) do nothing
            """, new { integration, channel, handle, id = Ids.New(change.Now), now = change.Now }, cancellationToken);
        return await change.FindAsync<Guid>($"""
            select c.id
            from contact_identities x
            join conversations c on c.tenant_id = x.tenant_id and c.contact_id = x.contact_id and c.integration_id = @integration and {ConversationOf.Handle}
            where x.tenant_id = @tenant and x.channel = @channel and x.handle = @handle
            order by c.is_thread desc, c.last_message_at desc, c.id
            limit 1
            """, new { integration, channel, handle }, cancellationToken);

        Task<string?> FindKnownAsync() => change.FindAsync<string>("""
            select handle from contact_identities
            where tenant_id = @tenant and channel = @channel and handle = any (@handles)
            order by (handle = @handle) desc, handle
            limit 1
            """, new { channel, handle, handles = variants.Prepend(handle).ToArray() }, cancellationToken);
    }

    [GeneratedRegex(@"^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$")]
    private static partial Regex BusinessScoped();
}
