using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Parley.Server.Platform;

/// <summary>UUIDv7 ids that grow with every call in this process, also within a millisecond: providers give whole seconds,
/// so the id decides the order of two messages of the same second. (Guid.CreateVersion7 orders only by millisecond.)</summary>
internal static class Ids
{
    static long _last;

    public static Guid New(DateTimeOffset now)
    {
        var wanted = now.ToUnixTimeMilliseconds() << 12;
        long before, next;
        do
        {
            before = Volatile.Read(ref _last);
            next = Math.Max(wanted, before + 1);
        }
        while (Interlocked.CompareExchange(ref _last, next, before) != before);

        return Of(next, random: true);
    }

    /// <summary>Ids made at that moment or later are not smaller. Older ones may not be either: after a burst, or a clock that was set back, ids run ahead of the time. There are none of before 1970.</summary>
    public static Guid Floor(DateTimeOffset at) => Of(Math.Max(0, at.ToUnixTimeMilliseconds()) << 12, random: false);

    static Guid Of(long next, bool random)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (random) RandomNumberGenerator.Fill(bytes[8..]);
        else bytes.Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes, next >> 12 << 16);                        // 48 bits of time
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (next & 0xfff))); // version 7, 12 bits of counter
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));                                          // variant
        return new Guid(bytes, bigEndian: true);
    }
}
