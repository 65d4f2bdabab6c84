using System.Security.Cryptography;
using Parley.Channels.Contract;

namespace Parley.Server.Media;

/// <summary>A place for files on their way in: on this machine's disk, never in memory.</summary>
internal sealed class Incoming
{
    public const string FolderName = ".incoming";
    readonly string _folder;

    /// <param name="media">The folder of media: a file that is complete moves within it.</param>
    public Incoming(string media)
    {
        _folder = Path.Combine(media, FolderName);
        Directory.CreateDirectory(_folder);
        // What a process left behind when it was killed. A node beside us may be receiving just now, so only what is old.
        foreach (var file in Directory.EnumerateFiles(_folder))
            if (TimeProvider.System.GetUtcNow() - File.GetLastWriteTimeUtc(file) > TimeSpan.FromDays(1)) File.Delete(file);
    }

    /// <param name="limit">More bytes than this end in a <see cref="MediaTooLargeException"/>.</param>
    public IncomingFile New(long limit) => new(Path.Combine(_folder, Guid.CreateVersion7().ToString("N")), limit);
}

/// <summary>A file that is being received: counted, bounded and hashed as it comes. Gone when disposed, unless the storage took it.</summary>
internal sealed class IncomingFile(string path, long limit) : Stream
{
    readonly FileStream _file = new(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous });
    readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly byte[] _head = new byte[FileKinds.HeadLength];
    long _length;

    public string FilePath => path;
    public override long Length => _length;

    /// <summary>In hex; known after <see cref="CompleteAsync"/>.</summary>
    public string Sha256 { get; private set; } = "";

    public ReadOnlySpan<byte> Head => _head.AsSpan(0, (int)Math.Min(_length, _head.Length));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_length + buffer.Length > limit) throw new MediaTooLargeException(limit);
        if (_length < _head.Length) buffer.Span[..(int)Math.Min(buffer.Length, _head.Length - _length)].CopyTo(_head.AsSpan((int)_length));
        _hash.AppendData(buffer.Span);
        _length += buffer.Length;
        await _file.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>All is here: safe on the disk, with its digest.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await _file.FlushAsync(cancellationToken);
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        Sha256 = Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _hash.Dispose();
            File.Delete(path);   // no error when the storage has taken it
        }
        base.Dispose(disposing);
    }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Position { get => _length; set => throw new NotSupportedException(); }
    public override void Flush() => _file.Flush();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
}
