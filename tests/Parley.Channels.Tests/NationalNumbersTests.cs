using Xunit;

namespace Parley.Channels.Tests;

public sealed class NationalNumbersTests
{
    [Theory]
    [InlineData("US", "4155550123", "+14155550123")]
    [InlineData("US", "1 (415) 555-0123", "+14155550123")]
    [InlineData("US", "+41 44 668 18 00", "+41446681800")]
    [InlineData("DE", "0151 1234 5678", "+4915112345678")]
    [InlineData("DE", "15112345678", "+4915112345678")]
    [InlineData("DE", "4915112345678", "+4915112345678")]
    [InlineData("DE", "0049 151 12345678", "+4915112345678")]
    [InlineData("US", "+49 (0) 30 123456", "+4930123456")]
    [InlineData("GB", "0044 (0)20 7946 0000", "+442079460000")]
    [InlineData("DE", "(0) 30 123456", "+4930123456")]
    [InlineData("IT", "06 1234 5678", "+390612345678")]
    [InlineData("IT", "393 123 4567", "+393931234567")]
    [InlineData("HU", "06 20 123 4567", "+36201234567")]
    [InlineData("BY", "8 029 123 45 67", "+375291234567")]
    [InlineData("RU", "8 912 345-67-89", "+79123456789")]
    [InlineData("BR", "(11) 98765-4321", "+5511987654321")]
    public void A_number_as_it_is_written_at_home_gets_its_countrys_code(string country, string written, string expected) =>
        Assert.Equal(expected, NationalNumbers.Normalise(written, NationalNumbers.Plans[country]));

    [Theory]
    [InlineData("DE", "49301234567")]   // 49301… could be in Leer, or in Berlin
    [InlineData("US", "0155550123")]
    [InlineData("US", "15112345")]
    [InlineData("DE", "12")]
    [InlineData("DE", "call me")]
    public void What_could_be_two_numbers_or_none_is_none(string country, string written) =>
        Assert.Null(NationalNumbers.Normalise(written, NationalNumbers.Plans[country]));

    [Fact]
    public void Every_country_has_a_plan_that_makes_sense() =>
        Assert.All(NationalNumbers.Plans.Values, plan => Assert.True(plan.Code.Length == 2 && plan.CallingCode.Length is > 0 and < 4 && plan.Shortest <= plan.Longest && plan.CallingCode.Length + plan.Longest <= 15, plan.Code));
}
