namespace Parley.Emulators.Twilio;

/// <summary>Twilio's error bodies.</summary>
internal static class TwilioErrors
{
    public static string Words(int code) => code switch
    {
        20003 => "Authenticate",
        20404 => "The requested resource was not found",
        20429 => "Too Many Requests",
        20500 => "Internal Server Error",
        20503 => "Service unavailable",
        21211 => "Invalid 'To' Phone Number",
        21212 => "Invalid 'From' Phone Number",
        21408 => "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
        21602 => "Message body is required.",
        21603 => "A 'From' phone number is required.",
        21604 => "A 'To' phone number is required.",
        21606 => "The 'From' phone number provided is not a valid message-capable Twilio phone number",
        21609 => "The 'StatusCallback' URL is not a valid URL.",
        21610 => "Attempt to send to unsubscribed recipient",
        21611 => "The 'From' number has exceeded the maximum number of queued messages",
        21612 => "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
        21614 => "'To' number is not a valid mobile number",
        21617 => "The concatenated message body exceeds the 1600 character limit",
        21620 => "Invalid media URL(s)",
        21623 => "Number of media files exceeds allowed limit",
        21656 => "The Content Variables Parameter is invalid",
        21910 => "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel",
        30003 => "Unreachable destination handset",
        63016 => "Failed to send freeform message because you are outside the allowed window. Use a Template instead.",
        63019 => "Media failed to download",
        63027 => "Template does not exist for a language and locale",
        63028 => "Number of parameters provided does not match the expected number of parameters",
        _ => "Error",
    };

    public static IResult Answer(int status, int code, string? words = null) =>
        Results.Json(new { code, message = words ?? Words(code), more_info = $"https://www.twilio.com/docs/errors/{code}", status }, statusCode: status);

    public static IResult Missing(string path) => Answer(404, 20404, $"The requested resource {path} was not found");

    /// <summary>What something between us and Twilio says.</summary>
    public static IResult Gateway(int status) => Results.Content("<html><body>Bad gateway</body></html>", "text/html", statusCode: status);
}
