using System.Text.RegularExpressions;

namespace Parley.Channels;

/// <summary>How numbers are written inside a country.</summary>
/// <param name="Code">ISO 3166, as DE.</param>
/// <param name="CallingCode">What stands behind the + from abroad, as 49.</param>
/// <param name="Trunk">What stands before a number inside the country only; empty where nothing does.</param>
/// <param name="Shortest">Digits without calling code and trunk.</param>
/// <param name="Longest">As <paramref name="Shortest"/>.</param>
public sealed record NumberingPlan(string Code, string CallingCode, string Trunk, int Shortest, int Longest);

/// <summary>Numbers as people write them at home. A number without + says nothing about its country: somebody must say which it is.
/// What could be read in two ways is not read at all.</summary>
public static partial class NationalNumbers
{
    // From the national numbering plans (ITU E.164): country, calling code, trunk prefix (- for none), lengths.
    const string Table = """
        AD 376 - 6-9|AE 971 0 8-9|AF 93 0 9-9|AL 355 0 8-9|AM 374 0 8-8|AO 244 - 9-9|AR 54 0 10-11|AT 43 0 4-13|AU 61 0 9-9|AW 297 - 7-7|AZ 994 0 9-9|BA 387 0 8-9|BD 880 0 8-10|BE 32 0 8-9|BF 226 - 8-8|BG 359 0 7-9
        BH 973 - 8-8|BI 257 - 8-8|BJ 229 - 8-10|BN 673 - 7-7|BO 591 0 8-8|BR 55 0 10-11|BT 975 - 7-8|BW 267 - 7-8|BY 375 80 9-9|BZ 501 - 7-7|CD 243 0 9-9|CF 236 - 8-8|CG 242 - 9-9|CH 41 0 9-9|CI 225 - 10-10|CL 56 - 9-9
        CM 237 - 9-9|CN 86 0 9-11|CO 57 - 10-10|CR 506 - 8-8|CU 53 0 6-8|CV 238 - 7-7|CW 599 - 7-8|CY 357 - 8-8|CZ 420 - 9-9|DE 49 0 5-11|DJ 253 - 8-8|DK 45 - 8-8|DZ 213 0 8-9|EC 593 0 8-9|EE 372 - 7-8|EG 20 0 8-10
        ER 291 0 7-7|ES 34 - 9-9|ET 251 0 9-9|FI 358 0 5-12|FJ 679 - 7-7|FR 33 0 9-9|GA 241 - 8-8|GB 44 0 9-10|GE 995 0 9-9|GF 594 0 9-9|GH 233 0 9-9|GI 350 - 8-8|GL 299 - 6-6|GM 220 - 7-7|GN 224 - 9-9|GP 590 0 9-9
        GQ 240 - 9-9|GR 30 - 10-10|GT 502 - 8-8|GW 245 - 9-9|GY 592 - 7-7|HK 852 - 8-8|HN 504 - 8-8|HR 385 0 8-9|HT 509 - 8-8|HU 36 06 8-9|ID 62 0 7-12|IE 353 0 7-9|IL 972 0 8-9|IN 91 0 10-10|IQ 964 0 8-10|IR 98 0 10-10
        IS 354 - 7-7|IT 39 - 9-11|JO 962 0 8-9|JP 81 0 9-10|KE 254 0 9-9|KG 996 0 9-9|KH 855 0 8-9|KM 269 - 7-7|KR 82 0 8-11|KW 965 - 8-8|KZ 7 8 10-10|LA 856 0 8-10|LB 961 0 7-8|LI 423 - 7-9|LK 94 0 9-9|LR 231 0 7-9
        LS 266 - 8-8|LT 370 0 8-8|LU 352 - 6-11|LV 371 - 8-8|LY 218 0 8-9|MA 212 0 9-9|MC 377 - 8-9|MD 373 0 8-8|ME 382 0 8-8|MG 261 0 9-9|MK 389 0 8-8|ML 223 - 8-8|MM 95 0 7-10|MN 976 0 8-8|MO 853 - 8-8|MQ 596 0 9-9
        MR 222 - 8-8|MT 356 - 8-8|MU 230 - 7-8|MV 960 - 7-7|MW 265 0 7-9|MX 52 - 10-10|MY 60 0 8-10|MZ 258 - 9-9|NA 264 0 8-9|NC 687 - 6-6|NE 227 - 8-8|NG 234 0 8-10|NI 505 - 8-8|NL 31 0 9-9|NO 47 - 8-8|NP 977 0 8-10
        NZ 64 0 8-10|OM 968 - 8-8|PA 507 - 7-8|PE 51 0 8-9|PF 689 - 8-8|PG 675 - 7-8|PH 63 0 8-10|PK 92 0 9-10|PL 48 - 9-9|PS 970 0 8-9|PT 351 - 9-9|PY 595 0 8-9|QA 974 - 8-8|RE 262 0 9-9|RO 40 0 9-9|RS 381 0 7-10
        RU 7 8 10-10|RW 250 0 9-9|SA 966 0 8-9|SC 248 - 7-7|SD 249 0 9-9|SE 46 0 7-9|SG 65 - 8-8|SI 386 0 8-8|SK 421 0 9-9|SL 232 0 8-8|SM 378 - 6-10|SN 221 - 9-9|SO 252 0 7-9|SR 597 - 6-7|SS 211 0 9-9|ST 239 - 7-7
        SV 503 - 8-8|SY 963 0 8-9|SZ 268 - 8-8|TD 235 - 8-8|TG 228 - 8-8|TH 66 0 8-9|TJ 992 - 9-9|TL 670 - 7-8|TM 993 8 8-8|TN 216 - 8-8|TR 90 0 10-10|TW 886 0 8-9|TZ 255 0 9-9|UA 380 0 9-9|UG 256 0 9-9|UY 598 0 7-8
        UZ 998 - 9-9|VE 58 0 10-10|VN 84 0 9-10|WS 685 - 5-7|XK 383 0 8-9|YE 967 0 7-9|ZA 27 0 9-9|ZM 260 0 9-9|ZW 263 0 8-10
        AG 1 1 10-10|AI 1 1 10-10|AS 1 1 10-10|BB 1 1 10-10|BM 1 1 10-10|BS 1 1 10-10|CA 1 1 10-10|DM 1 1 10-10|DO 1 1 10-10|GD 1 1 10-10|GU 1 1 10-10|JM 1 1 10-10|KN 1 1 10-10|KY 1 1 10-10|LC 1 1 10-10|MP 1 1 10-10
        MS 1 1 10-10|PR 1 1 10-10|SX 1 1 10-10|TC 1 1 10-10|TT 1 1 10-10|US 1 1 10-10|VC 1 1 10-10|VG 1 1 10-10|VI 1 1 10-10
        """;

    /// <summary>By their code.</summary>
    public static IReadOnlyDictionary<string, NumberingPlan> Plans { get; } = Table.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(line => line.Split(' ', '-') is [var code, var calling, .. var trunk, var shortest, var longest]
            ? new NumberingPlan(code, calling, string.Concat(trunk), int.Parse(shortest, System.Globalization.CultureInfo.InvariantCulture), int.Parse(longest, System.Globalization.CultureInfo.InvariantCulture))
            : throw new FormatException(line))
        .ToDictionary(plan => plan.Code);

    /// <summary>"+E.164" of a number as it is written in a country; one with + or 00 is what it is. Null when it is none there, or could be two.</summary>
    public static string? Normalise(string text, NumberingPlan plan)
    {
        if (PhoneNumbers.IsInternational(text)) return PhoneNumbers.Normalise(text);
        var digits = PhoneNumbers.Undecorated(text);
        if (!Digits().IsMatch(digits)) return null;
        string[] readings = plan.Trunk.Length > 0 && digits.StartsWith(plan.Trunk, StringComparison.Ordinal)
            ? [digits[plan.Trunk.Length..]]
            : digits.StartsWith(plan.CallingCode, StringComparison.Ordinal) ? [digits, WithoutTrunk(digits[plan.CallingCode.Length..])] : [digits];
        var fitting = readings.Where(number => number.Length >= plan.Shortest && number.Length <= plan.Longest && (plan.CallingCode != "1" || number[0] >= '2')).ToList();
        return fitting is [var only] ? PhoneNumbers.Normalise($"+{plan.CallingCode}{only}") : null;

        string WithoutTrunk(string number) => plan.Trunk == "0" && number.StartsWith('0') ? number[1..] : number;
    }

    [GeneratedRegex(@"^[0-9]+\z")]
    private static partial Regex Digits();
}
