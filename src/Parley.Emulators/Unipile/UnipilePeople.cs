using System.Text.Json.Nodes;

namespace Parley.Emulators.Unipile;

/// <summary>People that nobody has written down: names and handles as each network has them.</summary>
internal static class UnipilePeople
{
    static readonly string[] First = """
        Ana Ben Carla Diego Elena Farid Grace Hugo Inês João Karin Liam Mariana Noor Olivia Paulo Quinn Rafael Sofia Tomás Ulrike Vera Wei Ximena Yusuf Zoë
        Beatriz Chloé Dmitri Emma Felix Giulia Hana Ivan Júlia Kofi Lena Mateus Nina Oskar Priya Renata Søren Thandi Uma Vincent Wanda Yara Amélie Łukasz
        """.Split(default(string[]), StringSplitOptions.RemoveEmptyEntries);
    static readonly string[] Last = """
        Almeida Baker Costa Dubois Eriksen Fischer García Haddad Ito Jansen Kowalski Lima Martin Nakamura Okafor Pereira Quispe Rossi Silva Tanaka Ueda Vogel
        Weber Xavier Yilmaz Zhang Araújo Becker Chen Dias Evans Ferrari Gomes Hoffmann Ivanova Jensen Kim Lopes Müller Novak Oliveira Patel Ribeiro Schmidt
        """.Split(default(string[]), StringSplitOptions.RemoveEmptyEntries);
    static readonly string[] Groups = ["Breakfast club", "Team Lisbon", "Friday orders", "Flat 4B", "Neighbours", "Book fair", "Running group", "Wholesale", "Wedding 12 June", "Parents of class 3"];

    public static string Name(ulong hash) => $"{First[hash % (ulong)First.Length]} {Last[hash / 977 % (ulong)Last.Length]}";

    public static string Group(ulong hash) => Groups[hash % (ulong)Groups.Length];

    public static UnipilePerson Make(string id, UnipileAccount account, ulong hash)
    {
        var name = Name(hash);
        var providerId = ProviderId(account.Type, hash);
        return new(id, account.Id, providerId, name, PublicIdentifier(account.Type, name, hash)) { Extra = Extra(account.Type, hash) };
    }

    /// <summary>A user's id as the network writes it.</summary>
    public static string ProviderId(string accountType, ulong hash) => accountType switch
    {
        // Every fourth one hides behind an id that is no telephone number.
        "WHATSAPP" => hash % 4 == 3 ? $"{UnipileIds.Digits(hash, 15)}@lid" : $"{Phone(hash)}@s.whatsapp.net",
        "LINKEDIN" => "ACoAA" + UnipileIds.Letters(hash, 34),
        "TELEGRAM" => UnipileIds.Digits(hash, 10),
        "TWITTER" => UnipileIds.Digits(hash, 19),
        _ => UnipileIds.Digits(hash, 15),
    };

    public static string PublicIdentifier(string accountType, string name, ulong hash) =>
        accountType == "WHATSAPP" ? $"{Phone(hash)}@s.whatsapp.net" : Username(name) + (hash % 3 == 0 ? "" : (hash / 13 % 100).ToString());

    /// <summary>"nora.vale" of "Nora Vale".</summary>
    public static string Username(string name) =>
        string.Join('.', name.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => new string([.. word.Where(char.IsAsciiLetterOrDigit)])).Where(word => word.Length > 0));

    static string Phone(ulong hash) => "336" + UnipileIds.Digits(hash / 7, 8);

    static JsonObject? Extra(string accountType, ulong hash) => accountType switch
    {
        "WHATSAPP" => new() { ["specifics"] = new JsonObject { ["provider"] = "WHATSAPP", ["phone_number"] = hash % 4 == 3 ? "hidden" : "+" + Phone(hash), ["lid"] = $"{UnipileIds.Digits(hash, 15)}@lid" } },
        "LINKEDIN" => new() { ["specifics"] = new JsonObject { ["provider"] = "LINKEDIN", ["member_urn"] = $"urn:li:member:{UnipileIds.Digits(hash, 9)}", ["network_distance"] = "DISTANCE_1", ["headline"] = "Buyer" } },
        _ => null,
    };
}
