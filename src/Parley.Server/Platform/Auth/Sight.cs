using Dapper;
using Parley.Server.Contacts.Merging;
using Parley.Server.Platform.Database;

namespace Parley.Server.Platform.Auth;

/// <summary>What somebody is restricted to: what is assigned to them or to one of their teams. Who has none sees everything. It comes
/// with the caller, so that no list asks for it; <see cref="SightGuard"/> looks at ids in addresses, lists take the conditions from here.</summary>
internal sealed record Sight(Guid UserId, Guid[] Teams)
{
    public bool Covers(Guid? user, Guid? team) => user == UserId || (team is { } one && Teams.Contains(one));

    public bool IsSame(Sight? other) => other is not null && other.UserId == UserId && other.Teams.SequenceEqual(Teams);

    /// <summary>A condition more for a select of conversations; nothing for who sees everything. Its parameters: <see cref="With"/>.</summary>
    public static string OfConversation(Sight? sight, string alias = "c") =>
        sight is null ? "" : $"and ({alias}.assigned_user_id = @sightUser or {alias}.assigned_team_id = any (@sightTeams))";

    /// <inheritdoc cref="OfConversation"/>
    /// <param name="contact">The column with a contact's id.</param>
    public static string OfContact(Sight? sight, string contact) => sight is null ? "" : $"""
        and exists (
            select 1 from assignments sight
            where sight.tenant_id = @tenant and sight.contact_id = {contact} and (sight.user_id = @sightUser or sight.team_id = any (@sightTeams)))
        """;

    /// <summary>The arguments of a statement, and those of the conditions above.</summary>
    public static DynamicParameters With(Sight? sight, object? args)
    {
        var parameters = new DynamicParameters(args);
        if (sight is not null) parameters.AddDynamicParams(new { sightUser = sight.UserId, sightTeams = sight.Teams });
        return parameters;
    }
}

/// <summary>Whether one thing may be seen.</summary>
internal sealed class SightStore(TenantDatabase database)
{
    public Task<bool> MaySeeAsync(Guid tenant, Sight sight, SightKind kind, string id, CancellationToken cancellationToken)
    {
        var isId = Guid.TryParse(id, out var guid);
        if (kind == SightKind.Chat ? id.Length > 300 || id.Contains('\0') : !isId) return Task.FromResult(false);
        return database.FindAsync<bool>(tenant, $"select exists ({Select(kind, sight)})", Sight.With(sight, new { id = isId ? guid : (Guid?)null, chat = kind == SightKind.Chat ? id : null }), cancellationToken);
    }

    static string Select(SightKind kind, Sight sight) => kind switch
    {
        SightKind.Conversation => $"select 1 from conversations c where c.tenant_id = @tenant and c.id = @id {Sight.OfConversation(sight)}",
        // Of somebody who was merged since, it is asked about who they are now.
        SightKind.Contact => $"""
            select 1 from contacts k
            where k.tenant_id = @tenant and k.id = {ContactNow.Of("@id")} {Sight.OfContact(sight, "k.id")}
            """,
        SightKind.Note => $"select 1 from notes n where n.tenant_id = @tenant and n.id = @id {Sight.OfContact(sight, "n.contact_id")}",
        SightKind.Message => $"""
            select 1 from messages m
            join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
            where m.tenant_id = @tenant and m.id = @id {Sight.OfConversation(sight)}
            """,
        // What was uploaded and not sent yet is in no conversation, but has an author; what a campaign has taken is the campaign's.
        SightKind.Attachment => $"""
            select 1 from attachments a
            left join messages m on m.tenant_id = a.tenant_id and m.id = a.message_id
            left join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
            where a.tenant_id = @tenant and a.id = @id and (a.message_id is null and a.campaign_id is null and a.author = 'user:' || @sightUser::text or (true {Sight.OfConversation(sight)}))
            """,
        SightKind.Chat => $"""
            select 1 from integrations i
            join conversations c on c.tenant_id = i.tenant_id and c.integration_id = i.id and c.thread_id = @chat and c.is_thread
            where i.tenant_id = @tenant {Sight.OfConversation(sight)}
            union all
            select 1 from conversations c where c.tenant_id = @tenant and c.id = @id {Sight.OfConversation(sight)}
            """,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
