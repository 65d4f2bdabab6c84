namespace Parley.Server.Media;

/// <summary>Where a file is: its tenant and the SHA-256 of its bytes. The same file is kept once for a tenant, and never
/// shared between tenants.</summary>
internal readonly record struct MediaKey(Guid Tenant, string Sha256)
{
    /// <summary>"&lt;tenant, 32 hex digits&gt;/&lt;first two digits&gt;/&lt;64 hex digits&gt;": made of digits only, so nothing that a person named can lead elsewhere.</summary>
    public string Path => $"{Tenant:N}/{Sha256[..2]}/{Sha256}";

    /// <summary>Where it waits to be deleted.</summary>
    public string Aside => $"{Path}.aside";
}

/// <summary>The storage itself is in trouble: away, full, or not ours to read. Trying later may help.</summary>
internal sealed class StorageException(string message, Exception inner) : IOException(message, inner);

/// <summary>Keeps bytes by what they are. A file that was put is complete and never changes. Whatever goes wrong in the storage is a
/// <see cref="StorageException"/>.</summary>
internal interface IMediaStorage
{
    /// <summary>Takes the file at <paramref name="path"/>, which is gone or of no more use afterwards. Returns when it is safe; putting it twice is harmless.</summary>
    Task PutAsync(MediaKey key, string path, CancellationToken cancellationToken);

    /// <summary>A part of the file, or null when it is not here.</summary>
    Task<Stream?> OpenAsync(MediaKey key, long offset, long length, CancellationToken cancellationToken);

    /// <summary>Whether a file of this size is here: its first byte is asked for.</summary>
    async Task<bool> HoldsAsync(MediaKey key, long size, CancellationToken cancellationToken)
    {
        await using var first = await OpenAsync(key, 0, Math.Min(1, size), cancellationToken);
        return first is not null;
    }

    /// <summary>Puts the file aside, where nobody finds it and nothing is lost. False when it is not here.</summary>
    Task<bool> SetAsideAsync(MediaKey key, CancellationToken cancellationToken);

    /// <summary>Ends that: back to its place (unless it was put anew meanwhile), or gone for good. False when nothing is aside.</summary>
    Task<bool> SettleAsync(MediaKey key, bool isWanted, CancellationToken cancellationToken);
}

/// <summary>The data folder: right for one node.</summary>
internal sealed class FolderStorage(string folder) : IMediaStorage
{
    public Task PutAsync(MediaKey key, string path, CancellationToken cancellationToken)
    {
        var target = Path.Combine(folder, key.Path);
        var parent = Path.GetDirectoryName(target)!;
        try
        {
            Directory.CreateDirectory(parent);
            try { File.Move(path, target, overwrite: false); }
            catch (IOException) when (File.Exists(target)) { File.Delete(path); }   // it was here already
            // The names, too, must outlast a loss of power: this file's, and those of folders that are new.
            Disk.FlushFolder(parent);
            Disk.FlushFolder(Path.GetDirectoryName(parent)!);
            Disk.FlushFolder(folder);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The folder {folder} does not take files: {broken.GetType().Name}.", broken);
        }
        return Task.CompletedTask;
    }

    public Task<Stream?> OpenAsync(MediaKey key, long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(Path.Combine(folder, key.Path), new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, Share = FileShare.Read | FileShare.Delete });
            file.Position = offset;
            return Task.FromResult<Stream?>(new Part(file, length));
        }
        catch (IOException missing) when (missing is FileNotFoundException or DirectoryNotFoundException) { return Task.FromResult<Stream?>(null); }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"A file in {folder} cannot be read: {broken.GetType().Name}.", broken);
        }
    }

    public Task<bool> SetAsideAsync(MediaKey key, CancellationToken cancellationToken) =>
        Task.FromResult(Try(() => File.Move(Path.Combine(folder, key.Path), Path.Combine(folder, key.Aside), overwrite: true)));

    public Task<bool> SettleAsync(MediaKey key, bool isWanted, CancellationToken cancellationToken)
    {
        var (target, aside) = (Path.Combine(folder, key.Path), Path.Combine(folder, key.Aside));
        if (!File.Exists(aside)) return Task.FromResult(false);
        return Task.FromResult(Try(() =>
        {
            if (isWanted && !File.Exists(target)) File.Move(aside, target);
            else File.Delete(aside);
        }));
    }

    // False where there is no such file.
    bool Try(Action change)
    {
        try
        {
            change();
            return true;
        }
        catch (IOException missing) when (missing is FileNotFoundException or DirectoryNotFoundException) { return false; }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"A file in {folder} cannot be removed: {broken.GetType().Name}.", broken);
        }
    }

    /// <summary>Deletes what this storage keeps, and nothing else that stands in the folder.</summary>
    public static void Clear(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (var tenant in Directory.EnumerateDirectories(folder).Where(path => IsHex(path, 32)))
        {
            foreach (var shelf in Directory.EnumerateDirectories(tenant).Where(path => IsHex(path, 2)))
            {
                foreach (var file in Directory.EnumerateFiles(shelf).Where(path => IsHex(path.EndsWith(".aside", StringComparison.Ordinal) ? path[..^6] : path, 64))) File.Delete(file);
                DeleteIfEmpty(shelf);
            }
            DeleteIfEmpty(tenant);
        }
        var incoming = Path.Combine(folder, Incoming.FolderName);
        if (Directory.Exists(incoming)) Directory.Delete(incoming, recursive: true);
        DeleteIfEmpty(folder);
    }

    static bool IsHex(string path, int digits) => Path.GetFileName(path) is var name && name.Length == digits && name.All(char.IsAsciiHexDigitLower);

    static void DeleteIfEmpty(string folder)
    {
        if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
    }
}

/// <summary>The next so many bytes of a stream, which it owns.</summary>
internal sealed class Part(Stream from, long length) : Stream
{
    readonly long _length = length;
    long _left = length;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => _length;
    public override long Position { get => _length - _left; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0) return 0;
        var read = await from.ReadAsync(buffer.Length > _left ? buffer[..(int)_left] : buffer, cancellationToken);
        _left -= read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = from.Read(buffer, offset, (int)Math.Min(count, _left));
        _left -= read;
        return read;
    }

    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) from.Dispose();
        base.Dispose(disposing);
    }
}
