using Parley.Bench;

const string Help = """
    parley bench ingest [--slices 5] [--seconds 2]   signed webhooks against prepared single-row inserts, at 32 and 128 connections
    parley bench feed [--listeners 1000]             commit to screen, and memory of an idle listener
    """;

// Each bench says what it measures, writes artifacts/bench/NAME-<time>.json, and exits with 0 whatever the figures are.
try
{
    switch (args.FirstOrDefault())
    {
        case "ingest": return await IngestBench.RunAsync(Options.Of(args, "slices", "seconds"));
        case "feed": return await FeedBench.RunAsync(Options.Of(args, "listeners"));
        case "hang": return await HangingEndpoint.RunAsync();   // the baseline of "feed", as a process of its own
        case null or "--help" or "-h":
            Console.WriteLine(Help);
            return 0;
        case var name:
            throw new ArgumentException($"There is no bench \"{name}\". There are:\n{Help}");
    }
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 1;
}
