using Dapper;
using FsCheck.Fluent;
using Npgsql;
using Parley.Server.Platform;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Ingest;

public sealed class StatusTests(ParleyFixture fixture)
{
    static readonly string[] Steps = ["sent", "delivered", "read", "failed"];

    [Fact]
    public async Task Every_order_and_repetition_of_steps_ends_in_the_same_state()
    {
        var (tenant, number, conversation) = await ConversationAsync();
        // All permutations of all subsets, and random sequences with repetitions.
        var sequences = Permutations(Steps).ToList();
        sequences.AddRange(Gen.Sample(Gen.ListOf(Gen.Elements(Steps)), 40, 12).Select(sequence => sequence.ToArray()).Where(sequence => sequence.Length > 0));
        var messages = new List<(Guid Id, string[] Steps)>();
        foreach (var sequence in sequences)
        {
            var external = $"wamid.{Guid.CreateVersion7():N}";
            var id = await InsertSentAsync(tenant, number, conversation, external);
            messages.Add((id, sequence));
            foreach (var step in sequence) await number.PostAsync(number.Body(statuses: $"[{Status(external, step)}]"));
        }
        foreach (var (id, sequence) in messages)
        {
            var message = await tenant.Viewer.GetJsonAsync($"/api/messages/{id}");
            var expected = Steps.Last(sequence.Contains);
            Assert.True(expected == (string?)message["status"], $"{string.Join(",", sequence)} ended as {message["status"]}");
            foreach (var step in Steps) Assert.Equal(sequence.Contains(step) || step == "sent", message[$"{step}_at"] is not null);
            Assert.Equal(sequence.Distinct().Count(), message["steps"]!.AsArray().Count);
        }
    }

    [Fact]
    public async Task A_failed_step_brings_the_providers_code_and_text_and_words_for_people()
    {
        var (tenant, number, conversation) = await ConversationAsync();
        var id = await InsertSentAsync(tenant, number, conversation, "wamid.f");
        await number.PostAsync(number.Body(statuses: $"[{Status("wamid.f", "failed")}]"));
        var message = await tenant.Viewer.GetJsonAsync($"/api/messages/{id}");
        Assert.Equal("131047", (string?)message["error_code"]);
        Assert.Contains("More than 24 hours have passed", (string?)message["error_message"]);
        Assert.Equal("window_closed", (string?)message["failure"]!["code"]);
    }

    [Fact]
    public async Task A_step_that_comes_before_its_message_is_known_waits_and_is_applied()
    {
        var (tenant, number, conversation) = await ConversationAsync();
        await number.PostAsync(number.Body(statuses: $"[{Status("wamid.early", "delivered")}]"));
        var id = await InsertSentAsync(tenant, number, conversation, "wamid.early");
        await Eventually.Async(async () => (string?)(await tenant.Viewer.GetJsonAsync($"/api/messages/{id}"))["status"], status => status == "delivered", "the waiting step is applied");
    }

    [Fact]
    public async Task A_step_never_changes_what_came_in()
    {
        var (tenant, number, conversation) = await ConversationAsync();
        await number.PostAsync(number.Body(statuses: $"[{Status("wamid.in", "read")}]"));
        var message = (await tenant.Viewer.GetJsonAsync($"/api/conversations/{conversation}/messages"))["items"]!.AsArray().Single()!;
        Assert.Equal("delivered", (string?)message["status"]);
    }

    async Task<(TestTenant, TestNumber, Guid)> ConversationAsync()
    {
        var tenant = await fixture.App.NewTenantAsync();
        var number = await tenant.HasWhatsAppAsync();
        await number.PostAsync(number.Body($"[{TestNumber.TextMessage("wamid.in", "Hello")}]"));
        return (tenant, number, (Guid)(await tenant.Viewer.GetJsonAsync("/api/conversations"))["items"]![0]!["id"]!);
    }

    async Task<Guid> InsertSentAsync(TestTenant tenant, TestNumber number, Guid conversation, string external)
    {
        var id = Ids.New(TimeProvider.System.GetUtcNow());
        await using var connection = new NpgsqlConnection(fixture.App.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("""
            call enter_tenant(@tenant);
            insert into messages (tenant_id, id, conversation_id, contact_id, integration_id, channel, direction, type, content, status, external_message_id, author, attempt, sent_at, occurred_at, created_at)
            select tenant_id, @id, id, contact_id, integration_id, channel, 'outbound', 'text', 'x', 'sent', @external, 'provider', 1, now(), now(), now()
            from conversations where tenant_id = @tenant and id = @conversation
            """, new { tenant = tenant.Id, id, external, conversation });
        return id;
    }

    static string Status(string external, string step)
    {
        var at = 1767225600 + Array.IndexOf(Steps, step);
        var errors = step == "failed" ? ""","errors":[{"code":131047,"title":"Re-engagement message","message":"Re-engagement message","error_data":{"details":"More than 24 hours have passed"}}]""" : "";
        return $$"""{"id":"{{external}}","status":"{{step}}","timestamp":"{{at}}","recipient_id":"5511987654321"{{errors}}}""";
    }

    static IEnumerable<string[]> Permutations(string[] of) =>
        of.SelectMany(first => Permutations([.. of.Where(other => other != first)]).Select(rest => (string[])[first, .. rest]).Append([first]));
}
