using System.Text.RegularExpressions;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Schema;

/// <summary>compose.yaml and the Dockerfile cannot be run everywhere; what can be read of them is held to what is documented.</summary>
public sealed partial class ComposeTests
{
    static string Read(string name) => File.ReadAllText(Path.Combine(Checkout.Folder, name));

    [Fact]
    public void Compose_is_yaml_as_far_as_it_uses_it()
    {
        var depths = new Stack<int>([0]);
        foreach (var (line, n) in Read("compose.yaml").Split('\n').Select((line, n) => (line, n + 1)).Where(one => one.line.Trim() is not ("" or ['#', ..])))
        {
            Assert.False(line.Contains('\t') || line != line.TrimEnd(), $"line {n} has a tab, or ends in a space");
            var depth = line.Length - line.TrimStart().Length;
            while (depth < depths.Peek()) depths.Pop();
            Assert.True(depth == depths.Peek() || depth == depths.Peek() + 2, $"line {n} is indented by {depth}");
            if (depth > depths.Peek()) depths.Push(depth);
            Assert.True(Entry().IsMatch(line), $"line {n} is neither a name with a value nor an item: {line}");
        }
    }

    [Fact]
    public void Compose_has_the_documented_database()
    {
        var compose = Read("compose.yaml");
        foreach (var promised in new[]
            { "  postgres:\n    image: postgres:16\n", "container_name: twilio-whatsapp-db\n", "POSTGRES_DB: ${DB_NAME:-whatsapp_bot}\n", "- postgres_data:/var/lib/postgresql/data\n", "\nvolumes:\n  postgres_data:\n", "pg_isready", "condition: service_healthy" })
            Assert.Contains(promised, compose, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_that_compose_gives_to_parley_exists()
    {
        var given = Read("compose.yaml").Split("  parley:")[1].Split('\n').Select(line => Setting().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value).ToList();
        Assert.True(given.Count >= 5);
        Assert.All(given, name => Assert.Contains(Platform.Configuration.ParleySettings.Definitions, definition => definition.Name == name));
    }

    [Fact]
    public void The_image_takes_what_is_there_and_does_not_run_as_root()
    {
        var docker = Read("Dockerfile");
        Assert.Contains("\nUSER app\n", docker, StringComparison.Ordinal);
        Assert.Contains("\nHEALTHCHECK ", docker, StringComparison.Ordinal);
        Assert.Equal(3, docker.Split('\n').Count(line => line.StartsWith("FROM ", StringComparison.Ordinal)));
        foreach (var source in docker.Split('\n').Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal)).SelectMany(line => line.Split(' ')[1..^1]).Where(path => !path.Contains('*')))
            Assert.True(Path.Exists(Path.Combine(Checkout.Folder, source)), $"{source} is not here");
    }

    [GeneratedRegex("""^ *(- )?("[^"]*"|[^\s:#"][^#"]*?:( .*)?|[^\s:#"][^:#]*:[^#]*|[A-Za-z_./-]+)$""")]
    private static partial Regex Entry();

    [GeneratedRegex(@"^      ([A-Z_]+): ")]
    private static partial Regex Setting();
}
