using System.Text.Json.Nodes;
using Parley.Server.Jobs;
using Parley.Server.Media;
using Parley.Server.Platform.Database;

namespace Parley.Server.Contacts.Import;

/// <summary>Imports a file, batch by batch, from where it is. Rows before are read again, because a row must know which came before it.</summary>
internal sealed class ImportContacts(ImportStore store, TenantDatabase database, IMediaStorage storage) : IJobHandler
{
    public const string JobType = "contacts.import";
    internal const int BatchSize = 500;

    public string Type => JobType;
    public int AtOnce => 2;

    public Func<Change, Task> GiveUp(Job job) => ImportStore.Finished(job.TenantId, Guid.Parse(job.Key), "It broke off again and again. What was imported until then stays.");

    public async Task<JobOutcome> RunAsync(Job job, CancellationToken stopping)
    {
        try { return await ImportAsync(job, Guid.Parse(job.Key), stopping); }
        catch (Exception broken) when (!stopping.IsCancellationRequested)   // what gives up waiting by itself breaks off too
        {
            return new JobOutcome.Retry($"It broke off: {broken.GetType().Name}.");
        }
    }

    async Task<JobOutcome> ImportAsync(Job job, Guid id, CancellationToken stopping)
    {
        if (await store.FindAsync(job.TenantId, id, stopping) is not { State: "running" } import) return new JobOutcome.Done();
        var (mapping, wrong) = ImportMapping.Read(JsonNode.Parse(import.Mapping)!.AsObject(), import.Head.Count, import.Country);
        if (mapping is null) return new JobOutcome.Done(ImportStore.Finished(job.TenantId, id, wrong));
        await using var stream = await storage.OpenAsync(new(job.TenantId, import.Sha256), 0, import.Size, stopping);
        if (stream is null)
        {
            const string lost = "The file is not in the storage.";
            return job.Attempts < JobStore.MostAttempts ? new JobOutcome.Retry(lost) : new JobOutcome.Dead(lost, ImportStore.Finished(job.TenantId, id, lost));
        }

        var done = import.RowsDone;
        var batch = new List<ImportRow>(BatchSize);
        var (isHead, place) = (true, 0);
        await foreach (var row in CsvFile.ReadAsync(stream, import.Shape, stopping))
        {
            if (isHead) { isHead = false; continue; }
            var taken = mapping.Take(row);
            if (++place <= done) continue;   // is there already
            batch.Add(taken);
            if (batch.Count < BatchSize) continue;
            if (!await WriteAsync()) return new JobOutcome.Done();
        }
        if (batch.Count > 0 && !await WriteAsync()) return new JobOutcome.Done();
        return new JobOutcome.Done(ImportStore.Finished(job.TenantId, id, null));

        async Task<bool> WriteAsync()
        {
            if (!await database.ChangeAsync(job.TenantId, change => ImportBatch.WriteAsync(change, job.TenantId, import, done, batch, stopping), stopping)) return false;
            done += batch.Count;
            batch.Clear();
            return true;
        }
    }
}
