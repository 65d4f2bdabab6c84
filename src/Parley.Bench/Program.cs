using Parley.Bench;

const string Help = """
    parley bench ingest [--slices 5] [--seconds 2]   signed webhooks against prepared single-row inserts, at 32 and 128 connections
    parley bench feed [--listeners 1000]             commit to screen, memory of an idle listener, and what listeners take from ingest
    parley bench send [--messages 1000000] [--limit 1000] [--latency 200]   sending at a rate limit, replies overtaking bulk, in a small history and in a large one
    parley bench campaign [--contacts 1000000] [--limit 1000] [--seconds 15] [--latency 50]   an audience written down, dispatch at limits, a pause, and ingest beside it
    parley bench list [--messages 1000000] [--samples 1000]   pages of a large history against pages of a small one, deep ones against first ones
    parley bench sync [--chats 1000] [--messages 100000]    reading an account's history, against a select and an insert for each message, and against COPY
    parley bench search [--messages 1000000] [--samples 200] [--slices 3] [--seconds 4]   searches in a tenant's history, and ingest with search against ingest without
    parley bench contacts [--contacts 1000000] [--rows 100000] [--messages 100000] [--samples 100]   finding, merging and importing contacts, and duplicates of one that is new
    parley bench reports [--messages 1000000] [--samples 50] [--slices 3] [--seconds 8]   reports of a tenant's history, and ingest while counting against ingest without
    parley bench bot [--conversations 10000] [--samples 300]   arrival to the request to the model, the model's answer to the provider, and memory with many open chats
    parley bench automations [--automations 1000] [--samples 5000]   asking all automations of a tenant for each message
    parley bench presence [--agents 1000] [--seconds 30]   processor time of open pages that say where they look, and how soon another page sees it
    parley bench policy [--slices 6] [--seconds 2]   ingest with row-level security against ingest without
    """;

// Each bench says what it measures, writes artifacts/bench/NAME-<time>.json, and exits with 0 whatever the figures are.
try
{
    switch (args.FirstOrDefault())
    {
        case "ingest": return await IngestBench.RunAsync(Options.Of(args, "slices", "seconds"));
        case "feed": return await FeedBench.RunAsync(Options.Of(args, "listeners"));
        case "send": return await SendBench.RunAsync(Options.Of(args, "messages", "limit", "latency"));
        case "campaign": return await CampaignBench.RunAsync(Options.Of(args, "contacts", "limit", "seconds", "latency"));
        case "list": return await ListBench.RunAsync(Options.Of(args, "messages", "samples"));
        case "sync": return await SyncBench.RunAsync(Options.Of(args, "chats", "messages"));
        case "search": return await SearchBench.RunAsync(Options.Of(args, "messages", "samples", "slices", "seconds"));
        case "contacts": return await ContactsBench.RunAsync(Options.Of(args, "contacts", "rows", "messages", "samples"));
        case "reports": return await ReportsBench.RunAsync(Options.Of(args, "messages", "samples", "slices", "seconds"));
        case "bot": return await BotBench.RunAsync(Options.Of(args, "conversations", "samples"));
        case "automations": return await AutomationsBench.RunAsync(Options.Of(args, "automations", "samples"));
        case "presence": return await PresenceBench.RunAsync(Options.Of(args, "agents", "seconds"));
        case "policy": return await PolicyTax.OfIngestAsync(Options.Of(args, "slices", "seconds"));
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
