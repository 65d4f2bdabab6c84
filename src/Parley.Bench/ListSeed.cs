namespace Parley.Bench;

/// <summary>A believable inbox: ten messages to a conversation, one conversation with up to 50,000, half a year of history written in the
/// order in which it happened, every tenth conversation unread, most of them closed, and sixty
/// archived and as many snoozed however many there are: a list must find those without reading the others.</summary>
internal static class ListSeed
{
    const int Days = 180;

    static readonly string[] Texts =
    [
        "Hello, is the blue one still in stock?", "Yes, it is! Shall I put two aside for you until Friday?", "Thanks", "👍",
        "My order 48213 has not arrived. The page says that it was delivered on Tuesday, but nobody here has seen it. Could you look into it, please?",
        "I have asked the carrier, and will write to you as soon as they answer. That usually takes a day.", "Ok, perfect.",
    ];

    /// <param name="text">What the n-th message says; small talk without it.</param>
    /// <returns>The longest conversation.</returns>
    public static Guid Write(Bulk bulk, BenchNumber number, int messages, Func<int, string>? text = null)
    {
        text ??= message => Texts[message % Texts.Length];
        var random = new Random(messages);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var conversations = messages / 10;
        var rare = conversations / 60;
        var longest = Math.Min(50_000, messages / 10);

        // When each message was written, and in which conversation; then sorted by time.
        var times = new long[messages];
        var owners = new int[messages];
        var clock = new long[conversations];
        for (var c = 0; c < conversations; c++) clock[c] = now.AddDays(-Days * random.NextDouble()).Ticks;
        for (var i = 0; i < messages; i++)
        {
            var owner = i < conversations ? i : i < conversations + longest ? 0 : random.Next(1, conversations);
            if (owner == 0) clock[0] = now.AddDays(-Days * random.NextDouble()).Ticks;
            else if (i >= conversations) clock[owner] += (long)(TimeSpan.TicksPerHour * -6 * Math.Log(1 - random.NextDouble()));
            if (clock[owner] > now.Ticks) clock[owner] = now.Ticks - (long)(TimeSpan.TicksPerHour * random.NextDouble());
            (times[i], owners[i]) = (clock[owner] / 10 * 10, owner);
        }
        Array.Sort(times, owners);

        var first = new long[conversations];
        var last = new long[conversations];
        var lastInbound = new long[conversations];
        var lastMessage = new int[conversations];
        for (var i = 0; i < messages; i++)
        {
            var owner = owners[i];
            if (first[owner] == 0) first[owner] = times[i];
            last[owner] = times[i];
            lastMessage[owner] = i;
            if (IsInbound(i)) lastInbound[owner] = times[i];
        }
        var contactIds = Array.ConvertAll(first, IdAt);
        var ids = Array.ConvertAll(first, IdAt);

        bulk.Copy("contacts (tenant_id, id, name, phone, created_at, updated_at)", conversations, (row, c) => row
            .Add(number.TenantId).Add(contactIds[c]).Add($"Customer {c}").Add(Handle(c)).Add(At(first[c])).Add(At(first[c])));
        bulk.Copy("contact_identities (tenant_id, channel, handle, contact_id, created_at)", conversations, (row, c) => row
            .Add(number.TenantId).Add("whatsapp").Add(Handle(c)).Add(contactIds[c]).Add(At(first[c])));
        bulk.Copy("""
            conversations (tenant_id, id, contact_id, integration_id, channel, thread_id, handle, status, is_read, unread_count, snoozed_until,
                last_message_at, last_message_preview, last_message_direction, last_inbound_at, created_at, updated_at)
            """, conversations, (row, c) => row
            .Add(number.TenantId).Add(ids[c]).Add(contactIds[c]).Add(number.IntegrationId).Add("whatsapp").Add(Handle(c)).Add(Handle(c))
            .Add(c % rare == 7 ? "archived" : random.Next(100) < 30 ? "open" : "closed")
            .Add(c % 10 != 3).Add(c % 10 == 3 ? 1 + c % 3 : 0).Add(c % rare == 5 ? now.AddDays(3) : null)
            .Add(At(last[c])).Add(text(lastMessage[c])).Add(IsInbound(lastMessage[c]) ? "inbound" : "outbound")
            .Add(lastInbound[c] == 0 ? null : At(lastInbound[c])).Add(At(first[c])).Add(At(last[c])));
        bulk.Copy("""
            messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, external_message_id, status,
                author, delivered_at, occurred_at, created_at)
            """, messages, (row, i) => row
            .Add(number.TenantId).Add(IdAt(times[i])).Add(ids[owners[i]]).Add(contactIds[owners[i]]).Add(number.IntegrationId).Add("whatsapp")
            .Add(IsInbound(i) ? "inbound" : "outbound").Add("text").Add(text(i)).Add($"wamid.seed{i:x16}").Add(IsInbound(i) ? "delivered" : "read")
            .Add(IsInbound(i) ? "contact" : "provider").Add(At(times[i])).Add(At(times[i])).Add(At(times[i])));
        return ids[0];
    }

    static bool IsInbound(int message) => message * 7 % 13 < 7;
    static string Handle(int conversation) => $"+5511{900_000_000 + conversation}";
    static DateTime At(long ticks) => new(ticks, DateTimeKind.Utc);
    static Guid IdAt(long ticks) => Guid.CreateVersion7(At(ticks));
}
