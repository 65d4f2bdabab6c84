using Dapper;
using Npgsql;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Bot;

/// <summary>Chats as the documented WhatsApp bot has them, for whoever queries them by SQL.</summary>
public sealed class SessionTests(BotApp bots) : IClassFixture<BotApp>
{
    static readonly Dictionary<string, string> Documented = File.ReadAllText(Path.Combine(Checkout.Folder, "tests", "Parley.Server.Tests", "Bot", "Recorded", "documented-queries.sql"))
        .Split("-- ## ").Skip(1).ToDictionary(block => block[..block.IndexOf('\n')], block => block[(block.IndexOf('\n') + 1)..]);

    [Fact]
    public async Task Every_documented_query_runs_as_it_stands_and_tells_the_truth()
    {
        var stage = await bots.HasBotAsync();
        await stage.SaysAsync("What is Apache Spark?", from: "+1234567890");
        await stage.AnsweredAsync();
        await stage.QuietAsync();
        await using var sql = await OpenAsync(stage);

        var user = Assert.Single(await sql.QueryAsync(Documented["View All Users"]));
        Assert.Equal("whatsapp:+1234567890", (string)user.phone_number);
        Assert.Equal("Ana", (string)user.full_name);
        var chat = Assert.Single(await sql.QueryAsync(Documented["View User's Chats"]));
        Assert.Matches("^[0-9a-f]{16}$", (string)chat.chat_id);
        Assert.True((bool)chat.is_active);
        Assert.Equal(2, (int)chat.message_count);
        Assert.Empty(await sql.QueryAsync(Documented["View Messages from a Chat"]));
        var messages = (await sql.QueryAsync<(string, string)>(Documented["View Messages from a Chat"].Replace("3e1f3ecf80a140f6", (string)chat.chat_id))).Select(row => System.Text.Json.Nodes.JsonNode.Parse(row.Item2)!).ToList();
        Assert.Equal(["user", "assistant"], messages.Select(message => (string)message["role"]!));
        Assert.Equal("What is Apache Spark?", (string?)messages[0]["content"]);
        Assert.Equal(["role", "content", "timestamp"], messages[0].AsObject().Select(member => member.Key).OrderBy(name => Array.IndexOf(["role", "content", "timestamp"], name)));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$", (string)messages[1]["timestamp"]!);
        var statistics = Assert.Single(await sql.QueryAsync(Documented["Get User Statistics"]));
        Assert.Equal(1L, (long)statistics.total_chats);
        Assert.Equal(2L, (long)statistics.total_messages);
        Assert.Equal(0, await sql.ExecuteAsync(Documented["Clear Old Inactive Chats"]));
    }

    [Fact]
    public async Task The_documented_columns_are_there_in_their_order()
    {
        var stage = await bots.HasBotAsync();
        await using var sql = await OpenAsync(stage);
        Assert.Equal(["user_id", "email", "phone_number", "full_name", "hashed_password", "password_history", "is_active", "created_at", "updated_at"], await ColumnsAsync("users"));
        Assert.Equal(["chat_id", "customer_id", "is_active", "messages", "created_at", "updated_at"], await ColumnsAsync("userchats"));

        Task<IEnumerable<string>> ColumnsAsync(string view) => sql.QueryAsync<string>("select attname::text from pg_attribute where attrelid = @view::regclass and attnum > 0 order by attnum", new { view });
    }

    [Fact]
    public async Task The_documented_maintenance_ends_old_chats_and_the_next_message_opens_another()
    {
        var stage = await bots.HasBotAsync();
        await stage.SaysAsync("The first chat");
        await stage.AnsweredAsync();
        await stage.QuietAsync();
        await using (var sql = await OpenAsync(stage))
        {
            await sql.ExecuteAsync("update bot_chats set created_at = created_at - interval '31 days'");
            Assert.Equal(1, await sql.ExecuteAsync(Documented["Clear Old Inactive Chats"]));
            Assert.False(await sql.ExecuteScalarAsync<bool>("select is_active from userchats"));
            await sql.ExecuteAsync("commit;");
        }
        await stage.SaysAsync("The second chat");
        await stage.AnsweredAsync(2);
        await stage.QuietAsync();
        await using (var sql = await OpenAsync(stage))
        {
            var chats = (await sql.QueryAsync("select chat_id, is_active, messages -> 0 ->> 'content' as first, jsonb_array_length(messages) as n from userchats order by created_at")).ToList();
            Assert.Equal([("The first chat", false, 2), ("The second chat", true, 2)], chats.Select(chat => ((string)chat.first, (bool)chat.is_active, (int)chat.n)));
        }
        Assert.DoesNotContain("first chat", (await stage.AskedAsync())[^1].ToJsonString());
    }

    [Fact]
    public async Task A_chat_that_rested_for_its_days_is_over_by_itself_and_what_stopped_the_bot_in_it_too()
    {
        var clock = new SkippingClock();
        await using var app = await BotApp.StartAsync(await bots.Fixture.CloneDatabaseAsync(), clock);
        var stage = await BotStage.SetAsync(app, new { session_days = 30 });
        await stage.SaysAsync("The first chat");
        await stage.AnsweredAsync();
        await stage.PersonSaysAsync("I take over.");
        await stage.StandsAsync("paused");
        await stage.QuietAsync();
        await Eventually.Async(stage.MessagesAsync, messages => messages.All(message => (string?)message["status"] is not ("queued" or "sending")), "what was said has left");
        clock.Skip(TimeSpan.FromDays(29));
        await stage.Number.PostAsync(stage.Number.Body($"[{TestNumber.TextMessage("wamid.29", "After 29 days", at: clock.GetUtcNow().ToUnixTimeSeconds())}]"));
        await stage.QuietAsync();
        Assert.Single(await stage.BotMessagesAsync());
        clock.Skip(TimeSpan.FromDays(31));
        await stage.Number.PostAsync(stage.Number.Body($"[{TestNumber.TextMessage("wamid.60", "A month later", at: clock.GetUtcNow().ToUnixTimeSeconds())}]"));
        await stage.AnsweredAsync(2);
        Assert.Equal("active", (string?)(await stage.ConversationAsync())["bot_state"]);
        await using var sql = await OpenAsync(stage);
        Assert.Equal([4, 2], await sql.QueryAsync<int>("select jsonb_array_length(messages) from userchats order by created_at"));
        Assert.DoesNotContain("29 days", (await stage.AskedAsync())[^1].ToJsonString());
    }

    [Fact]
    public async Task Nobody_sees_or_ends_chats_of_another_tenant_and_nothing_else_of_them_can_be_changed()
    {
        var (mine, theirs) = (await bots.HasBotAsync(), await bots.HasBotAsync());
        await theirs.SaysAsync("Ours alone");
        await theirs.AnsweredAsync();
        await theirs.QuietAsync();
        await using (var sql = await OpenAsync(mine))
        {
            Assert.Empty(await sql.QueryAsync("select * from users"));
            Assert.Empty(await sql.QueryAsync("select * from userchats"));
            Assert.Equal(0, await sql.ExecuteAsync("update userchats set is_active = false"));
        }
        await using (var sql = await OpenAsync(theirs))
            Assert.Equal(PostgresErrorCodes.FeatureNotSupported, (await Assert.ThrowsAsync<PostgresException>(() => sql.ExecuteAsync("update userchats set chat_id = 'x'"))).SqlState);
        await using (var login = new NpgsqlConnection(theirs.App.ConnectionString + ";Search Path=bot,public"))
        {
            await login.OpenAsync();
            Assert.Empty(await login.QueryAsync("select * from users"));   // row-level security holds for whoever looks
        }
    }

    static async Task<NpgsqlConnection> OpenAsync(BotStage stage)
    {
        var connection = new NpgsqlConnection(stage.App.ConnectionString + ";Search Path=bot,public;Pooling=false");
        await connection.OpenAsync();
        await connection.ExecuteAsync("begin;");
        await connection.ExecuteAsync("call public.enter_tenant(@id)", new { id = stage.Tenant.Id });
        return connection;
    }
}
