using System.Security.Cryptography;

namespace Parley.Server.Platform.Secrets;

/// <summary>The key that wraps the key ring. From PARLEY_MASTER_KEY, or the file master.key (0600) in the data folder.</summary>
internal sealed class MasterKey
{
    const int Nonce = 12, Tag = 16;
    readonly byte[][] _keys;   // the first wraps; the others, left by a rotation that was interrupted, only unwrap

    MasterKey(byte[][] keys) => _keys = keys;

    public static MasterKey Of(byte[] key, params byte[][] older) => new([key, .. older]);

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(32);

    /// <param name="configured">PARLEY_MASTER_KEY, checked by the settings.</param>
    /// <param name="ringExists">True when the database has wrapped keys: then a new key would lock everybody out.</param>
    /// <exception cref="MasterKeyException">The ring is there and the key is not.</exception>
    public static MasterKey Load(string? configured, string dataFolder, bool ringExists)
    {
        if (configured is not null) return Of(Convert.FromBase64String(configured));
        var path = PathIn(dataFolder);
        var files = new[] { path, path + ".new", path + ".old" }.Where(File.Exists).Select(Read).ToArray();
        if (files.Length > 0) return new(files);
        if (ringExists)
            throw new MasterKeyException($"The database holds encrypted credentials, but their master key is not here: neither PARLEY_MASTER_KEY nor {path}. Bring it back from where this database came from; a new key could not read them.");
        var key = NewKey();
        Write(path, key);
        return Of(key);
    }

    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "master.key");

    public static void Write(string path, byte[] key)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(key) + "\n"));
        file.Flush(flushToDisk: true);
    }

    public byte[] Wrap(byte[] plain)
    {
        var wrapped = new byte[Nonce + plain.Length + Tag];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, Nonce));
        using var aes = new AesGcm(_keys[0], Tag);
        aes.Encrypt(wrapped.AsSpan(0, Nonce), plain, wrapped.AsSpan(Nonce, plain.Length), wrapped.AsSpan(Nonce + plain.Length));
        return wrapped;
    }

    /// <exception cref="MasterKeyException">None of the keys made it.</exception>
    public byte[] Unwrap(byte[] wrapped)
    {
        foreach (var key in _keys)
        {
            try
            {
                var plain = new byte[wrapped.Length - Nonce - Tag];
                using var aes = new AesGcm(key, Tag);
                aes.Decrypt(wrapped.AsSpan(0, Nonce), wrapped.AsSpan(Nonce, plain.Length), wrapped.AsSpan(Nonce + plain.Length), plain);
                return plain;
            }
            catch (AuthenticationTagMismatchException) { }   // perhaps the next one
        }
        throw new MasterKeyException("The master key does not fit this database: it cannot open the stored keys. Use the key that belongs to it (PARLEY_MASTER_KEY, or master.key in the data folder).");
    }

    static byte[] Read(string path)
    {
        var key = new byte[64];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) && length == 32
            ? key[..32]
            : throw new MasterKeyException($"{path} does not hold a master key (32 bytes in base64).");
    }
}

internal sealed class MasterKeyException(string message) : Exception(message);
