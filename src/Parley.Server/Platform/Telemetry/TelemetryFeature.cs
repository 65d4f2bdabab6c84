using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Parley.Server.Platform.Configuration;

namespace Parley.Server.Platform.Telemetry;

/// <summary>Traces, metrics and logs to an OpenTelemetry collector, when one is named. Statements go without their values,
/// requests without their query: Npgsql and ASP.NET Core are asked for no more than they say by themselves.</summary>
internal sealed class TelemetryFeature(ParleySettings settings) : IHostedService, IDisposable
{
    TracerProvider? _traces;
    MeterProvider? _metrics;

    public static void Add(WebApplicationBuilder builder, ParleySettings settings)
    {
        if (settings.OtlpEndpoint is null) return;
        builder.Services.AddSingleton(new TelemetryFeature(settings)).AddHostedService(provider => provider.GetRequiredService<TelemetryFeature>());
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.SetResourceBuilder(Resource());
            logs.IncludeFormattedMessage = true;
            logs.AddOtlpExporter(exporter => Configure(exporter, settings, "logs"));
        });
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(Resource())
            .AddSource(MessageTrace.SourceName, "Microsoft.AspNetCore", "Npgsql")
            .AddOtlpExporter(exporter => Configure(exporter, settings, "traces")).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(Resource())
            .AddMeter(Meters.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime")
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, settings, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.OtlpMetricsEvery.TotalMilliseconds;
            }).Build();
        return Task.CompletedTask;
    }

    /// <summary>What was gathered is sent before the process ends.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        return Task.WhenAll(Task.Run(() => _traces?.Shutdown(2000)), Task.Run(() => _metrics?.Shutdown(2000)));
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    static ResourceBuilder Resource() => ResourceBuilder.CreateDefault().AddService("parley", serviceInstanceId: Environment.MachineName);

    static void Configure(OtlpExporterOptions exporter, ParleySettings settings, string signal)
    {
        exporter.Protocol = settings.OtlpOverHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.TimeoutMilliseconds = 2000;   // a collector that hangs must not hold up the end of the process
        exporter.Endpoint = new Uri(settings.OtlpOverHttp ? $"{settings.OtlpEndpoint}/v1/{signal}" : settings.OtlpEndpoint!);
    }
}
