using System.Net;
using Parley.Channels.Egress;
using Xunit;

namespace Parley.Channels.Tests.Egress;

public sealed class EgressPolicyTests
{
    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("169.253.0.1")]
    [InlineData("192.0.1.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450:4001::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    public void The_open_internet_may_be_called(string address) => Assert.True(EgressPolicy.Strict.Allows("example.com", 443, IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.170")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("203.0.113.7")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::a00:1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("100::1")]
    public void Nothing_else_may_however_it_is_written(string address)
    {
        Assert.False(EgressPolicy.Strict.Allows("example.com", 443, IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.9.10", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    public void Opening_this_machine_opens_no_other(string address, bool isOpen) => Assert.Equal(isOpen, new EgressPolicy([], OpensLoopback: true).Allows("localhost", 8100, IPAddress.Parse(address)));

    [Theory]
    [InlineData("crm.internal", "crm.internal", 80, "10.0.0.5", true)]
    [InlineData("crm.internal", "CRM.Internal.", 80, "10.0.0.5", true)]
    [InlineData("crm.internal", "other.internal", 80, "10.0.0.5", false)]
    [InlineData("crm.internal", "crm.internal.evil.example", 80, "10.0.0.5", false)]
    [InlineData("crm.internal:8443", "crm.internal", 8443, "10.0.0.5", true)]
    [InlineData("crm.internal:8443", "crm.internal", 80, "10.0.0.5", false)]
    [InlineData("crm.internal:80", "crm.internal", 80, "10.0.0.5", true)]
    [InlineData("crm.internal:80", "crm.internal", 81, "10.0.0.5", false)]
    [InlineData("10.0.0.5", "10.0.0.5", 9000, "10.0.0.5", true)]
    [InlineData("10.0.0.5", "a-name.example", 9000, "10.0.0.5", true)]
    [InlineData("10.0.0.5:8080", "10.0.0.5", 80, "10.0.0.5", false)]
    [InlineData("10.0.0.5:8080", "10.0.0.5", 8080, "::ffff:10.0.0.5", true)]
    [InlineData("[fd00::5]:8080", "fd00::5", 8080, "fd00::5", true)]
    [InlineData("fd00::5", "fd00::5", 8080, "fd00::6", false)]
    [InlineData("10.2.0.0/16", "x", 1, "10.2.255.1", true)]
    [InlineData("10.2.0.0/16", "x", 1, "10.3.0.1", false)]
    public void What_the_operator_opens_is_open_and_nothing_beside_it(string rule, string host, int port, string address, bool isOpen)
    {
        Assert.True(EgressRule.TryParse(rule, out var opening));
        Assert.Equal(isOpen, new EgressPolicy([opening]).Allows(host, port, IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://crm.internal")]
    [InlineData("crm internal")]
    [InlineData("10.0.0.0/99")]
    [InlineData("user@crm.internal")]
    [InlineData("crm.internal/path")]
    [InlineData("*")]
    public void A_rule_that_means_nothing_is_refused(string rule) => Assert.False(EgressRule.TryParse(rule, out _));
}
