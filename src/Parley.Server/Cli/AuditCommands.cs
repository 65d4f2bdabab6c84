using System.CommandLine;
using System.Text.Json;
using Parley.Server.Audit;
using Parley.Server.Hosting;

namespace Parley.Server.Cli;

/// <summary>The audit log from outside: whether it is whole, and what to keep elsewhere to prove it.</summary>
internal static class AuditCommands
{
    static readonly JsonSerializerOptions Lower = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The exit code when the chain is whole by itself, and what was noted elsewhere says nothing about it.</summary>
    const int NotProved = 3;

    public static Command Create()
    {
        var one = new Option<Guid?>("--tenant") { Description = "One tenant only" };
        var noted = new Option<FileInfo?>("--head") { Description = "A file that parley audit head wrote: the chain must hold what it says" };
        var verify = new Command("verify", "Follows each tenant's chain and says whether it is whole. Example: parley audit verify --head head.json") { one, noted };
        verify.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, running => VerifyAsync(running, parsed.GetValue(one), Read(parsed.GetValue(noted)), cancellationToken), cancellationToken));

        var tenant = TenantCommands.TenantOption();
        var head = new Command("head", "Prints the end of a tenant's chain, to be kept elsewhere. Example: parley audit head --tenant ID > head.json") { tenant };
        head.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            await TenantCommands.RequireTenantAsync(running, parsed.GetValue(tenant), cancellationToken);
            var end = await Store(running).FindHeadAsync(parsed.GetValue(tenant), cancellationToken) ?? new AuditHead { Hash = AuditChain.Start };
            Console.WriteLine(JsonSerializer.Serialize(new AuditAnchor(parsed.GetValue(tenant), end.Seq, Convert.ToHexStringLower(end.Hash), TimeProvider.System.GetUtcNow()), Lower));
            return 0;
        }, cancellationToken));

        var days = new Option<int>("--older-than") { Description = "Days", Required = true };
        var which = new Option<Guid?>("--tenant") { Description = "One tenant only" };
        var prune = new Command("prune", "Takes away what is older than so many days, and says so in the chain. Example: parley audit prune --older-than 365") { days, which };
        prune.SetAction((parsed, cancellationToken) => ParleyCli.WithDatabaseAsync(parsed, async running =>
        {
            if (parsed.GetValue(days) < 1) throw new CommandException("--older-than takes a whole number of days, from 1.");
            var olderThan = TimeProvider.System.GetUtcNow().AddDays(-parsed.GetValue(days));
            var gone = 0;
            foreach (var id in await TenantsAsync(running, parsed.GetValue(which), cancellationToken))
                for (var some = 1; some > 0; gone += some) some = await Store(running).PruneAsync(id, olderThan, cancellationToken);
            Console.WriteLine($"{gone:N0} lines were taken away.");
            return 0;
        }, cancellationToken));
        return new Command("audit", "The audit log: verify, head, prune. Example: parley audit verify") { verify, head, prune };
    }

    static async Task<int> VerifyAsync(Running running, Guid? tenant, AuditAnchor? anchor, CancellationToken cancellationToken)
    {
        if (anchor is not null && tenant is { } other && other != anchor.Tenant) throw new CommandException($"--head is of the tenant {anchor.Tenant}, not of {other}.");
        var (broken, unproved) = (0, 0);
        foreach (var id in await TenantsAsync(running, anchor?.Tenant ?? tenant, cancellationToken))
        {
            var verdict = await new AuditVerifier(Store(running)).VerifyAsync(id, anchor, cancellationToken);
            if (verdict.Wrong is not null) broken++;
            else if (verdict.Unproved is not null) unproved++;
            Console.WriteLine($"{id}: {verdict.Wrong ?? (verdict.Last == 0 ? "nothing is logged yet." : $"whole, lines {verdict.First:N0} to {verdict.Last:N0}.")}{(verdict.Unproved is null ? "" : $" {verdict.Unproved}")}");
        }
        if (unproved > 0 && broken == 0) return NotProved;
        return broken == 0 ? 0 : throw new CommandException(broken == 1 ? "One chain is not whole." : $"{broken:N0} chains are not whole.");
    }

    static AuditAnchor? Read(FileInfo? file)
    {
        if (file is null) return null;
        if (!file.Exists) throw new CommandException($"There is no file {file.FullName}.");
        try
        {
            return JsonSerializer.Deserialize<AuditAnchor>(File.ReadAllText(file.FullName), Lower) is { Hash.Length: 64 } anchor ? anchor : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new CommandException($"{file.FullName} is nothing that parley audit head wrote.");
        }
    }

    static async Task<IReadOnlyList<Guid>> TenantsAsync(Running running, Guid? one, CancellationToken cancellationToken)
    {
        if (one is not { } id) return await Store(running).ListTenantsAsync(cancellationToken);
        await TenantCommands.RequireTenantAsync(running, id, cancellationToken);
        return [id];
    }

    static AuditStore Store(Running running) => new(running.Tenants, running.System);
}
