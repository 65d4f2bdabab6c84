using System.Text;
using Parley.Channels.Adapters.Meta;
using Xunit;

namespace Parley.Channels.Tests.Meta;

/// <summary>Vectors computed with openssl and cross-checked with Python's hmac, so that our own hashing is not its own judge.</summary>
public sealed class MetaSignatureTests
{
    const string M1 = """{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Ana Test"},"wa_id":"5511987654321"}],"messages":[{"from":"5511987654321","id":"wamid.VEC1","timestamp":"1749416383","type":"text","text":{"body":"Hello"}}]},"field":"messages"}]}]}""";
    const string M1Signature = "sha256=6e461e319e81f5f4e78f3861a0e61323268d541e253b5a39cb198436249c9081";

    const string M2 = """{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Jos\u00e9"},"wa_id":"5511987654321"}],"messages":[{"from":"5511987654321","id":"wamid.VEC2","timestamp":"1749416384","type":"text","text":{"body":"Ol\u00e1 \ud83d\udc4d https:\/\/example.com\/a?b=1"}}]},"field":"messages"}]}]}""";
    const string M2Signature = "sha256=1be539a88b5e188b91082f0dee31ccc990421f69bfbad45cc8120d8c261ccbbd";
    const string M2RewrittenSignature = "sha256=465650a0181444402cb4f0eed32cb1fc7422f0d1830d7dddf4cff24bb034328b";

    static string M2Rewritten => M2.Replace(@"\u00e9", "é").Replace(@"\u00e1", "á").Replace(@"\ud83d\udc4d", "👍").Replace(@"\/", "/");

    [Theory]
    [InlineData(M1, 421, M1Signature)]
    [InlineData(M2, 467, M2Signature)]
    public void The_vectors_match(string body, int length, string signature)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Equal(length, bytes.Length);
        Assert.Equal(signature, MetaSignature.Of(MetaAccounts.Secret, bytes));
        Assert.True(MetaSignature.Matches(signature, MetaAccounts.Secret, bytes));
    }

    [Fact]
    public void A_body_that_was_parsed_and_written_again_no_longer_matches()
    {
        var bytes = Encoding.UTF8.GetBytes(M2Rewritten);
        Assert.Equal(448, bytes.Length);
        Assert.Equal(M2RewrittenSignature, MetaSignature.Of(MetaAccounts.Secret, bytes));
        Assert.False(MetaSignature.Matches(M2Signature, MetaAccounts.Secret, bytes));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=6e461e319e81f5f4e78f3861a0e61323268d541e253b5a39cb198436249c908")]
    [InlineData("6e461e319e81f5f4e78f3861a0e61323268d541e253b5a39cb198436249c9081")]
    [InlineData("sha1=6e461e319e81f5f4e78f3861a0e61323268d541e253b5a39cb198436249c9081")]
    [InlineData("SHA256=6E461E319E81F5F4E78F3861A0E61323268D541E253B5A39CB198436249C9081")]
    [InlineData("sha256=zz461e319e81f5f4e78f3861a0e61323268d541e253b5a39cb198436249c9081")]
    [InlineData(M2Signature)]
    public void Anything_but_the_exact_header_is_refused(string? header) =>
        Assert.False(MetaSignature.Matches(header, MetaAccounts.Secret, Encoding.UTF8.GetBytes(M1)));

    [Fact]
    public void A_changed_byte_and_a_trailing_newline_are_refused()
    {
        Assert.False(MetaSignature.Matches(M1Signature, MetaAccounts.Secret, Encoding.UTF8.GetBytes(M1.Replace("Hello", "Hullo"))));
        Assert.False(MetaSignature.Matches(M1Signature, MetaAccounts.Secret, Encoding.UTF8.GetBytes(M1 + "\n")));
    }
}
