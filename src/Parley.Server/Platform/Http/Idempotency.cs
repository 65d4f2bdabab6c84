using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Parley.Server.Platform.Database;

namespace Parley.Server.Platform.Http;

/// <summary>What a POST answers, kept when the caller gave an Idempotency-Key.</summary>
internal sealed record Answer(int Status, JsonNode Body, string? Location = null);

/// <summary>(tenant, key, route) → the answer, written in the same transaction as the effect and kept 24 hours. A second
/// request with the key waits on the unique index until the first has committed, and then gets the same answer.</summary>
internal sealed class Idempotency(TenantDatabase database, IOptions<JsonOptions> json, TimeProvider time)
{
    static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public JsonNode Json(object value) => JsonSerializer.SerializeToNode(value, value.GetType(), json.Value.SerializerOptions)!;

    /// <summary>Runs <paramref name="effect"/> at most once per key. A null answer of it is a refusal: the
    /// transaction is rolled back, nothing is kept, and the refusal is what is answered.</summary>
    public async Task<IResult> RunAsync(
        HttpContext http, Guid tenant, object request, Func<Change, Task<(Answer? Answer, IResult? Refusal)>> effect, CancellationToken cancellationToken)
    {
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        if (!IsKey(key)) return BadKey();
        var route = Route(http);
        var hash = Hash(request);
        try
        {
            var (answer, replayed) = await database.ChangeAsync(tenant, async change =>
            {
                if (key.Length > 0 && await TakeAsync(change, key, route, hash, cancellationToken) is { } before) return (before, true);
                var (made, refused) = await effect(change);
                if (made is null) throw new RefusedException(refused!);
                if (key.Length > 0)
                    await change.ExecuteAsync("""
                        update idempotency_keys set status_code = @Status, response = @body::jsonb
                        where tenant_id = @tenant and key = @key and route = @route
                        """, new { key, route, made.Status, body = Pack(made) }, cancellationToken);
                return (new Kept24(made, Matches: true), false);
            }, cancellationToken);

            return Write(http, answer, replayed);
        }
        catch (RefusedException refused)
        {
            return refused.Result;   // the transaction is rolled back, and the key with it
        }
    }

    /// <summary>The answer kept for the request's key, or null. For effects whose transaction is not a tenant's own (see <see cref="KeepAsync"/>).</summary>
    public async Task<IResult?> FindAsync(HttpContext http, Guid tenant, object request, CancellationToken cancellationToken)
    {
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        if (key.Length == 0) return null;
        if (!IsKey(key)) return BadKey();
        var row = await database.FindAsync<Row>(tenant, """
            select body_hash, status_code, response::text as response from idempotency_keys
            where tenant_id = @tenant and key = @key and route = @route and created_at >= @old
            """, new { key, route = Route(http), old = time.GetUtcNow() - Kept }, cancellationToken);
        return row is null ? null : Write(http, new(Unpack(row), CryptographicOperations.FixedTimeEquals(row.BodyHash, Hash(request))), replayed: true);
    }

    /// <summary>Keeps the answer in the transaction of its effect. A concurrent second effect with the key fails on the primary
    /// key (SQLSTATE 23505) and rolls back.</summary>
    public Task KeepAsync(Change change, HttpContext http, Guid tenant, object request, Answer answer, CancellationToken cancellationToken)
    {
        var key = http.Request.Headers["Idempotency-Key"].ToString();
        return key.Length == 0 ? Task.CompletedTask : change.ExecuteAsync("""
            delete from idempotency_keys where tenant_id = @tenant and key = @key and route = @route and created_at < @old;
            insert into idempotency_keys (tenant_id, key, route, body_hash, status_code, response, created_at)
            values (@tenant, @key, @route, @hash, @Status, @body::jsonb, @now)
            """, new { tenant, key, route = Route(http), hash = Hash(request), answer.Status, body = Pack(answer), now = change.Now, old = change.Now - Kept }, cancellationToken);
    }

    static IResult Write(HttpContext http, Kept24 answer, bool replayed)
    {
        if (!answer.Matches) return TypedResults.Problem("This Idempotency-Key was used before with another body. Use a new key for a new request.", statusCode: 422, title: "Key used before");
        if (replayed) http.Response.Headers["Idempotency-Replayed"] = "true";
        if (answer.Answer.Location is { } location) http.Response.Headers.Location = location;
        return TypedResults.Json(answer.Answer.Body, statusCode: answer.Answer.Status);
    }

    static bool IsKey(string key) => key.Length <= 200 && key.All(character => character is >= '!' and <= '~');

    static Microsoft.AspNetCore.Http.HttpResults.ValidationProblem BadKey() => Problems.Invalid("Idempotency-Key", "It must have 1 to 200 visible ASCII characters.");

    // The pattern and its values, so that one address written in two ways is one route.
    static string Route(HttpContext http)
    {
        var values = http.Request.RouteValues.Select(pair => $"{pair.Key}={(Guid.TryParse(pair.Value?.ToString(), out var id) ? id : pair.Value)}");
        return $"{http.Request.Method} {(http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? http.Request.Path} {string.Join(' ', values)}".TrimEnd();
    }

    // Without the secrets: of a short one, a hash is as good as the secret itself.
    byte[] Hash(object request)
    {
        var body = JsonSerializer.SerializeToNode(request, request.GetType(), json.Value.SerializerOptions);
        if (body is JsonObject members)
        {
            members.Remove("password");
            members.Remove("credentials");
        }
        return SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(body));
    }

    static async Task<Kept24?> TakeAsync(Change change, string key, string route, byte[] hash, CancellationToken cancellationToken)
    {
        var taken = await change.ExecuteAsync("""
            insert into idempotency_keys (tenant_id, key, route, body_hash, status_code, response, created_at)
            values (@tenant, @key, @route, @hash, 0, '{}', @now)
            on conflict (tenant_id, key, route) do update
                set body_hash = excluded.body_hash, status_code = 0, response = '{}', created_at = excluded.created_at
                where idempotency_keys.created_at < @old
            """, new { key, route, hash, now = change.Now, old = change.Now - Kept }, cancellationToken);
        if (taken > 0) return null;
        var row = await change.FindAsync<Row>("select body_hash, status_code, response::text as response from idempotency_keys where tenant_id = @tenant and key = @key and route = @route",
            new { key, route }, cancellationToken);
        return new(Unpack(row!), CryptographicOperations.FixedTimeEquals(row!.BodyHash, hash));
    }

    static string Pack(Answer answer) => new JsonObject { ["body"] = answer.Body.DeepClone(), ["location"] = answer.Location }.ToJsonString();

    static Answer Unpack(Row row)
    {
        var packed = JsonNode.Parse(row.Response)!.AsObject();
        return new(row.StatusCode, packed["body"]?.DeepClone() ?? new JsonObject(), (string?)packed["location"]);
    }

    sealed record Kept24(Answer Answer, bool Matches);

    sealed class Row
    {
        public byte[] BodyHash { get; init; } = [];
        public int StatusCode { get; init; }
        public string Response { get; init; } = "{}";
    }

    sealed class RefusedException(IResult result) : Exception
    {
        public IResult Result => result;
    }
}
