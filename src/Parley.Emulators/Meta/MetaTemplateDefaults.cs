using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>What every business account starts with: one of each kind that a client has to cope with.</summary>
internal static class MetaTemplateDefaults
{
    public sealed record Default(MetaTemplateRequest Request, string Status, string Reason, string Quality);

    public static IEnumerable<Default> All =>
    [
        Make("hello_world", "en_US", "UTILITY", """
            [{"type":"HEADER","format":"TEXT","text":"Hello World"},
             {"type":"BODY","text":"Welcome and congratulations!! This message demonstrates your ability to send a WhatsApp message notification. Thank you for taking the time to test with us."},
             {"type":"FOOTER","text":"WhatsApp Business Platform sample message"}]
            """),
        Make("order_ready", "pt_BR", "UTILITY", """
            [{"type":"BODY","text":"Olá {{1}}, seu pedido {{2}} está pronto para retirada.","example":{"body_text":[["Ana","A-1042"]]}}]
            """),
        Make("appointment_reminder", "en_US", "UTILITY", """
            [{"type":"BODY","text":"Hi {{first_name}}, this is a reminder of your appointment on {{date}} at {{time}}. See you soon!",
              "example":{"body_text_named_params":[{"param_name":"first_name","example":"Ana"},{"param_name":"date","example":"3 March"},{"param_name":"time","example":"10:30"}]}},
             {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"I will come"},{"type":"QUICK_REPLY","text":"Another day, please"}]}]
            """, isNamed: true),
        Make("spring_offer", "en_US", "MARKETING", """
            [{"type":"HEADER","format":"IMAGE","example":{"header_handle":["https://scontent.example/spring.jpg"]}},
             {"type":"BODY","text":"Spring is here, {{1}}: 20 % off everything with a flower on it, until Sunday.","example":{"body_text":[["Ana"]]}},
             {"type":"FOOTER","text":"Not interested? Tap the button below."},
             {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Show me"},{"type":"QUICK_REPLY","text":"Stop promotions"}]}]
            """),
        Make("track_parcel", "en_US", "UTILITY", """
            [{"type":"BODY","text":"Your parcel {{1}} is on its way. It should arrive tomorrow.","example":{"body_text":[["RB 417"]]}},
             {"type":"BUTTONS","buttons":[{"type":"URL","text":"Track it","url":"https://shop.example/track/{{1}}","example":["https://shop.example/track/417"]}]}]
            """),
        Make("free_gift", "en_US", "MARKETING", """
            [{"type":"BODY","text":"You have won! Click now and send us your card number to receive your gift."}]
            """, "REJECTED", "SCAM", "UNKNOWN"),
        Make("weekly_digest", "en_US", "MARKETING", """
            [{"type":"BODY","text":"This week at our shop: {{1}}. Come and see us!","example":{"body_text":[["new mugs"]]}}]
            """, "PAUSED", "NONE", "RED"),
    ];

    static Default Make(string name, string language, string category, string components, string status = "APPROVED", string reason = "NONE", string quality = "GREEN", bool isNamed = false) =>
        new(new(name, language, category, isNamed, JsonNode.Parse(components)!.AsArray()), status, reason, quality);
}
