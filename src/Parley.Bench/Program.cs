using Parley.Bench;

// parley bench NAME: each measures the product against a baseline in the same run.
switch (args.FirstOrDefault())
{
    case "ingest": return await IngestBench.RunAsync(Options.Of(args));
    case "feed": return await FeedBench.RunAsync(Options.Of(args));
    case "hang": return await HangingEndpoint.RunAsync();   // the baseline of "feed", as a process of its own
    case null or "--help" or "-h":
        Console.WriteLine("parley bench ingest [--slices 5] [--seconds 2]   signed webhooks against prepared single-row inserts, at 32 and 128 connections");
        Console.WriteLine("parley bench feed [--listeners 1000]             commit to screen, and memory of an idle listener");
        return 0;
    case var name:
        Console.Error.WriteLine($"There is no bench \"{name}\". There are: ingest, feed.");
        return 1;
}
