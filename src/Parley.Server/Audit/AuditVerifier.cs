using System.Text.Json;

namespace Parley.Server.Audit;

/// <summary>The end of a chain as somebody noted it elsewhere: whoever holds it can prove that nothing before it was changed.</summary>
public sealed record AuditAnchor(Guid Tenant, long Seq, string Hash, DateTimeOffset At);

/// <param name="Wrong">What is wrong, in a sentence; null when the chain is whole.</param>
/// <param name="First">The first line that is kept.</param>
/// <param name="Unproved">What the check could not tell, in a sentence: what was noted elsewhere is not kept any more.</param>
internal sealed record AuditVerdict(long First, long Last, string? Wrong, string? Unproved = null);

/// <summary>Follows a tenant's chain from its first line to its head.
/// :: 1 where it begins · 2 each line follows the one before it · 3 it ends where the head says · 4 it holds what was noted elsewhere.</summary>
internal sealed class AuditVerifier(AuditStore store)
{
    const int AtOnce = 2000;

    public async Task<AuditVerdict> VerifyAsync(Guid tenant, AuditAnchor? anchor, CancellationToken cancellationToken)
    {
        while (true)
        {
            var ends = await store.FindEndsAsync(tenant, cancellationToken);
            var verdict = await FollowAsync(tenant, ends, anchor, cancellationToken);
            // Lines that are taken away while one reads are no alarm: it is read again.
            if (verdict.Wrong is null || (await store.FindEndsAsync(tenant, cancellationToken)).First <= ends.First) return verdict;
        }
    }

    async Task<AuditVerdict> FollowAsync(Guid tenant, AuditEnds ends, AuditAnchor? anchor, CancellationToken cancellationToken)
    {
        var head = ends.Head is { } known ? new AuditHead { Seq = known, Hash = ends.Hash } : null;
        if (head is null)
            return ends.Last > 0 ? new(0, 0, "The head of the chain is missing, and lines are there.")
                : anchor is { Seq: > 0 } ? new(0, 0, $"All lines are gone: line {anchor.Seq:N0} was noted elsewhere.") : new(0, 0, null);

        // :: 1
        var first = (await store.ListChainAsync(tenant, 0, head.Seq, 1, cancellationToken)).FirstOrDefault();
        if (first is null) return new(0, head.Seq, head.Seq == 0 ? null : $"All lines up to {head.Seq:N0} are missing.");
        var (seq, hash) = (0L, AuditChain.Start);
        if (first.Seq > 1)
        {
            var checkpoint = (await store.ListCheckpointsAsync(tenant, cancellationToken)).Select(Checkpoint).FirstOrDefault(found => found?.Seq == first.Seq - 1);
            if (checkpoint is null) return new(first.Seq, head.Seq, $"The lines before {first.Seq:N0} are missing, and no retention took them away.");
            (seq, hash) = (checkpoint.Seq, checkpoint.Hash);
        }
        if (anchor is not null && anchor.Seq == seq && !IsHash(anchor, hash)) return Rewritten(first.Seq, head.Seq, anchor);

        // :: 2
        while (seq < head.Seq)
        {
            var lines = await store.ListChainAsync(tenant, seq, head.Seq, AtOnce, cancellationToken);
            if (lines.Count == 0) return new(first.Seq, seq, $"The end is missing: the last line is {seq:N0}, and there were {head.Seq:N0}.");
            foreach (var line in lines)
            {
                if (line.Seq != seq + 1) return new(first.Seq, head.Seq, line.Seq == seq + 2 ? $"Line {seq + 1:N0} is missing." : $"The lines {seq + 1:N0} to {line.Seq - 1:N0} are missing.");
                hash = AuditChain.Hash(line, hash);
                if (!hash.AsSpan().SequenceEqual(line.Hash)) return new(first.Seq, head.Seq, $"Line {line.Seq:N0} is not what was written, or not in its place.");
                seq = line.Seq;
                if (anchor is not null && anchor.Seq == seq && !IsHash(anchor, hash)) return Rewritten(first.Seq, head.Seq, anchor);
            }
        }

        // :: 3
        if (ends.Last > head.Seq) return new(first.Seq, head.Seq, $"Behind line {head.Seq:N0}, the last that the head knows, there are others up to {ends.Last:N0}: nobody chained them.");
        if (!hash.AsSpan().SequenceEqual(head.Hash)) return new(first.Seq, head.Seq, "The last line is not the one that the head knows.");
        // :: 4
        if (anchor is not null && anchor.Seq > head.Seq) return new(first.Seq, head.Seq, $"The end is missing: line {anchor.Seq:N0} was noted elsewhere, and the last one is {head.Seq:N0}.");
        return new(first.Seq, head.Seq, null, anchor is not null && anchor.Seq < first.Seq - 1
            ? $"Line {anchor.Seq:N0}, which was noted, is not kept any more: that nothing before {first.Seq:N0} was written anew is not proved. Note the end again (parley audit head)." : null);
    }

    static AuditVerdict Rewritten(long first, long last, AuditAnchor anchor) => new(first, last, $"Line {anchor.Seq:N0} is another one than was noted elsewhere: the chain was written anew.");

    static bool IsHash(AuditAnchor anchor, byte[] hash) => string.Equals(anchor.Hash, Convert.ToHexStringLower(hash), StringComparison.OrdinalIgnoreCase);

    static AuditHead? Checkpoint(AuditLine line)
    {
        try
        {
            using var told = JsonDocument.Parse(line.After ?? "{}");
            return new() { Seq = told.RootElement.GetProperty("through_seq").GetInt64(), Hash = Convert.FromHexString(told.RootElement.GetProperty("chain").GetString()!) };
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentNullException)
        {
            return null;   // it was tampered with, which the chain shows
        }
    }
}
