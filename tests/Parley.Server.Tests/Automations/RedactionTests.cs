using System.Diagnostics;
using System.Text;
using Parley.Server.Automations.Steps;
using Xunit;

namespace Parley.Server.Tests.Automations;

/// <summary>A secret is found however it is written, and no text takes long.</summary>
public sealed class RedactionTests
{
    [Theory]
    [InlineData(@"key-""a/b\c""é", @"key-\""a\/b\\c\""\u00E9")]
    [InlineData(@"key-""a/b\c""é", @"\u006bey-\u0022a\u002fb\u005Cc\u0022é")]
    [InlineData("key a/b é😀", "key%20a%2Fb%20%C3%A9%F0%9F%98%80")]
    [InlineData("key a/b é😀", "key%20a/b%20é😀")]
    [InlineData("key a/b é😀", @"key%20a%2fb%20\u00e9\ud83d\uDE00")]
    [InlineData("100%41secret", "100%41secret")]
    [InlineData(@"back\u0041slash", @"back\u0041slash")]
    [InlineData("secret", "secretsecret", "[redacted][redacted]")]
    public void However_it_is_written_nothing_of_it_is_left(string secret, string written, string left = "[redacted]")
    {
        Assert.Equal($"before {left} after", Redaction.Redact($"before {written} after", [secret]));
        Assert.Equal("before nothing % \\ after", Redaction.Redact("before nothing % \\ after", [secret]));
    }

    [Fact]
    public void Base64_is_found_too_also_where_it_is_escaped()
    {
        var coded = Convert.ToBase64String(Encoding.UTF8.GetBytes("user:???>>>~~~"));
        Assert.Contains('/', coded);
        foreach (var written in new[] { coded, coded.Replace("/", @"\/", StringComparison.Ordinal), Uri.EscapeDataString(coded) })
            Assert.Equal("Basic [redacted].", Redaction.Redact($"Basic {written}.", ["user:???>>>~~~"]));
    }

    [Fact]
    public void Secrets_that_overlap_leave_nothing_between_them() =>
        Assert.Equal("a [redacted] b", Redaction.Redact("a Bearer abcdef b", ["abcdef", "Bearer abcdef", "Bearer"]));

    [Theory]
    [InlineData(40, 60)]
    [InlineData(3000, 60_000)]
    public void No_text_takes_long(int length, int of)
    {
        var (begun, text) = (Stopwatch.GetTimestamp(), new string('\\', of));
        Assert.Equal(text, Redaction.Redact(text, [new string('\\', length) + "x"]));
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
