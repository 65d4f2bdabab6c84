namespace Parley.Emulators.Unipile;

/// <summary>What people write when nobody has written it for them: words of a shop's days, in a few languages, and numbers to search for.</summary>
internal static class UnipileWords
{
    static readonly string[] Openings =
    [
        "Hi!", "Hello,", "Good morning,", "Oi, tudo bem?", "Bonjour,", "Guten Tag,", "Thanks,", "Obrigada!", "One question:", "Sorry,", "Perfect,", "Great,", "Olá,", "Salut,", "Hey,", "Ok,",
    ];
    static readonly string[] Words = """
        order parcel blue green mug shirt size large small medium delivery address street tomorrow today Saturday morning evening open close price discount code invoice receipt card cash
        refund return exchange broken missing late early arrived waiting tracking number photo picture story post link website stock available sold out again soon maybe please thank you
        coffee beans roast filter espresso oat milk cake chocolate vegan gluten free table reservation people terrace garden birthday party gift voucher wrap paper card message sister
        pedido entrega amanhã hoje obrigado preço tamanho azul verde caneca café bolo mesa reserva pessoas aniversário presente troca devolução quebrado atrasado rastreio número foto
        commande livraison demain aujourd'hui merci prix taille bleu vert tasse gâteau table réservation personnes anniversaire cadeau échange cassé retard suivi numéro déjà très bientôt
        Bestellung Lieferung morgen heute danke Preis Größe blau grün Tasse Kuchen Tisch Reservierung Personen Geburtstag Geschenk Umtausch kaputt verspätet Nummer schön später natürlich
        the a and or with for from to at on in is are was will can could would do does did have has we you they it this that when where which how much many really very also only still
        """.Split(default(string[]), StringSplitOptions.RemoveEmptyEntries);
    static readonly string[] Endings = ["?", ".", "!", " 🙂", " 🙏", "…", "", " ❤️"];

    [ThreadStatic]
    static System.Text.StringBuilder? t_text;

    public static string Text(ulong hash)
    {
        var text = (t_text ??= new()).Clear();
        var dice = hash;
        if (Roll(4) == 0) text.Append(Openings[Roll(Openings.Length)]).Append(' ');
        // Mostly short, now and then a letter.
        var count = Roll(50) == 0 ? 40 + Roll(80) : 2 + Roll(14);
        for (var i = 0; i < count; i++)
        {
            if (i > 0) text.Append(' ');
            text.Append(Words[Roll(Words.Length)]);
        }
        if (Roll(12) == 0) text.Append(" #").Append((char)('A' + Roll(26))).Append('-').Append(10_000 + Roll(90_000));
        return text.Append(Endings[Roll(Endings.Length)]).ToString();

        int Roll(int sides) => (int)((dice = UnipileIds.Hash(dice)) % (ulong)sides);
    }
}
