using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Bench;

/// <summary>One keep-alive connection that posts signed webhooks: as little of the machine as possible goes to the load itself.</summary>
internal sealed class WebhookClient : IDisposable
{
    readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly byte[] _answer = new byte[4096];
    readonly Uri _address;

    WebhookClient(Uri address) => _address = address;

    public static async Task<WebhookClient> ConnectAsync(Uri address)
    {
        var client = new WebhookClient(address);
        await client._socket.ConnectAsync(IPAddress.Loopback, address.Port);
        return client;
    }

    /// <summary>The status of the answer.</summary>
    public async ValueTask<int> PostAsync(BenchNumber number, string id, string from, long seconds)
    {
        var body = Encoding.ASCII.GetBytes($$$"""{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"{{{number.PhoneNumberId}}}"},"contacts":[{"profile":{"name":"Ana Test"},"wa_id":"{{{from}}}"}],"messages":[{"from":"{{{from}}}","id":"{{{id}}}","timestamp":"{{{seconds}}}","type":"text","text":{"body":"Hello, is the blue one still in stock? I would like two of them."}}]},"field":"messages"}]}]}""");
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(number.Secret, body));
        var head = Encoding.ASCII.GetBytes($"POST /webhooks/meta/{number.IntegrationId} HTTP/1.1\r\nHost: {_address.Authority}\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {body.Length}\r\n\r\n");
        var request = new byte[head.Length + body.Length];
        head.CopyTo(request, 0);
        body.CopyTo(request, head.Length);
        await _socket.SendAsync(request);
        var length = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_answer.AsMemory(length));
            if (read == 0) throw new IOException("The server closed the connection.");
            length += read;
            // The answer to a webhook has no body: it ends with the head. (Anything else ends the bench through its status.)
            if (_answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0) break;
        }
        return (_answer[9] - '0') * 100 + (_answer[10] - '0') * 10 + (_answer[11] - '0');
    }

    public void Dispose() => _socket.Dispose();
}
