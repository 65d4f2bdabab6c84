using Parley.Server.Search;
using Xunit;

namespace Parley.Server.Tests.Search;

/// <summary>The piece of a text that is shown, and what of it is marked.</summary>
public sealed class SnippetTests
{
    static readonly Folding Plain = new(new Dictionary<char, string> { ['é'] = "e", ['\u0301'] = "", ['…'] = " " });

    [Fact]
    public void A_short_text_is_shown_whole_and_every_match_is_marked()
    {
        var snippet = Snippet.Of("Blue, and blue-ish; not bluer?", SearchWords.Read("blue").Terms, Plain);
        Assert.Equal("Blue, and blue-ish; not bluer?", snippet.Text);
        Assert.Equal(["Blue", "blue", "bluer"], Marked(snippet));
    }

    [Fact]
    public void A_long_text_is_shown_around_the_first_match_and_cut_at_words()
    {
        var text = string.Join(' ', Enumerable.Range(0, 200).Select(i => $"word{i}"));
        var snippet = Snippet.Of(text, SearchWords.Read("\"word100 word101\"").Terms, Plain);
        Assert.Equal(["word100 word101"], Marked(snippet));
        Assert.StartsWith("…word9", snippet.Text);
        Assert.Matches("word[0-9]{3}…$", snippet.Text);
        Assert.InRange(snippet.Text.Length, 150, 230);
    }

    [Fact]
    public void Characters_are_never_cut_in_half()
    {
        var snippet = Snippet.Of(string.Concat(Enumerable.Repeat("𝒳", 400)), SearchWords.Read("nothing").Terms, Plain);
        Assert.False(char.IsHighSurrogate(snippet.Text[^2]));
        Assert.Empty(snippet.Ranges);
    }

    [Fact]
    public void Accents_do_not_count_and_are_marked_along()
    {
        Assert.Equal(["café"], Marked(Snippet.Of("Un café.", SearchWords.Read("CAFE").Terms, Plain)));
        Assert.Equal(["cafe\u0301"], Marked(Snippet.Of("Un cafe\u0301.", SearchWords.Read("café").Terms, Plain)));
    }

    [Fact]
    public void Lines_become_one_and_ranges_stay_right() =>
        Assert.Equal(["two"], Marked(Snippet.Of("one\r\n\r\ntwo\tthree", SearchWords.Read("\"two\"").Terms, Plain)));

    [Theory]
    [InlineData("blue lant", "blue|lant*")]
    [InlineData("\"blue lantern\" x", "blue lantern|x*")]
    [InlineData("-not this", "!not|this*")]
    [InlineData("this -\"not that\"", "this|!not that")]
    [InlineData("  \"open", "open")]
    [InlineData("a\"b c\"d", "a|b c|d*")]
    [InlineData("- --x \"\"", "-|!-x")]
    public void A_query_is_taken_apart(string q, string expected) =>
        Assert.Equal(expected, string.Join('|', SearchWords.Read(q).Terms.Select(term => term.Kind switch { TermKind.Prefix => $"{term.Text}*", TermKind.Excluded => $"!{term.Text}", _ => term.Text })));

    [Theory]
    [InlineData("+55 (11) 98765-43", "55119876543")]
    [InlineData("ana_vale", "ana_vale")]
    [InlineData("ana vale", null)]
    [InlineData("12", null)]
    [InlineData("-nobody", null)]
    public void A_handle_is_one_word_or_a_number_however_it_is_written(string q, string? expected) => Assert.Equal(expected, SearchWords.Read(q).Handle);

    static IEnumerable<string> Marked(Snippet snippet) => snippet.Ranges.Select(range => snippet.Text.Substring(range.Start, range.Length));
}
