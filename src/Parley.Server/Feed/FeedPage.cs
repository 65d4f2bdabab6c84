using System.Buffers;
using System.Text;
using Parley.Server.Platform.Auth;

namespace Parley.Server.Feed;

/// <summary>Whose a line is: everybody's (of an account, a template, the team), or of a person or a team; nobody's by default.</summary>
internal readonly record struct FeedOwner(bool IsEverybodys, Guid? User, Guid? Team)
{
    public bool IsSeenBy(Sight sight) => IsEverybodys || sight.Covers(User, Team);
}

internal readonly record struct FeedLine(int Start, string Type, FeedOwner Owner);

/// <summary>Lines of the feed as they go over the wire, made once for all listeners of a tenant. The numbers have no gap. Who does not
/// see everything gets those lines that are theirs, cut out of the same bytes.</summary>
internal sealed class FeedPage
{
    readonly long _first;
    readonly byte[] _bytes;
    readonly FeedLine[] _lines;
    readonly Func<Sight, byte[]>? _narrowed;

    public FeedPage(long first, byte[] bytes, FeedLine[] lines) => (_first, _bytes, _lines) = (first, bytes, lines);

    FeedPage(byte[] bytes, Func<Sight, byte[]> narrowed) => (_bytes, _lines, _narrowed) = (bytes, [], narrowed);

    /// <summary>What has no number and is not kept, such as who is typing.</summary>
    /// <param name="narrowed">The same for somebody who does not see everything.</param>
    public static FeedPage Passing(byte[] bytes, Func<Sight, byte[]> narrowed) => new(bytes, narrowed);

    public int Count => _lines.Length;
    public long Last => _first + _lines.Length - 1;

    /// <summary>True when somebody may see more or less from now on: roles, teams, or what a person is restricted to.</summary>
    public bool IsAboutPeople => _lines.Any(line => line.Type is "user.updated" or "team.updated");

    /// <summary>The lines after <paramref name="seq"/>; nothing when there are none.</summary>
    /// <param name="sight">Of the listener; null: they see everything.</param>
    public ReadOnlyMemory<byte> After(long seq, Sight? sight)
    {
        if (_narrowed is not null) return sight is null ? _bytes : _narrowed(sight);
        if (seq >= Last) return default;
        var from = seq < _first ? 0 : (int)(seq + 1 - _first);
        if (sight is null) return _bytes.AsMemory(_lines[from].Start);

        var seen = new ArrayBufferWriter<byte>(256);
        for (var i = from; i < _lines.Length; i++)
        {
            if (_lines[i].Owner.IsSeenBy(sight))
            {
                seen.Write(_bytes.AsSpan(_lines[i].Start, (i + 1 < _lines.Length ? _lines[i + 1].Start : _bytes.Length) - _lines[i].Start));
                continue;
            }
            // What is kept from them keeps its numbers, so that nobody takes it for lost. What went to somebody else may have been
            // theirs until now: they load anew, and are not told what it was.
            var (first, isOther) = (i, false);
            for (; i < _lines.Length && !_lines[i].Owner.IsSeenBy(sight); i++) isOther |= _lines[i].Type == "assignment.updated";
            i--;
            seen.Write(Skipped(isOther ? "sight.changed" : "skipped", _first + first, _first + i));
        }
        return seen.WrittenMemory;
    }

    /// <summary>Tells that other things are seen now than before.</summary>
    public static byte[] Changed(long seq) => Skipped("sight.changed", seq, seq);

    static byte[] Skipped(string type, long from, long seq) => Encoding.UTF8.GetBytes($"id: {seq}\nevent: {type}\ndata: {{\"seq\":{seq},\"type\":\"{type}\",\"from\":{from}}}\n\n");
}
