return await Parley.Server.Cli.ParleyCli.RunAsync(args);
