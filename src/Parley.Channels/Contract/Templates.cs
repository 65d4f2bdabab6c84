namespace Parley.Channels.Contract;

/// <summary>Reads the message templates that a provider has approved, or not, for an account.</summary>
public interface IReadTemplates : IChannel
{
    /// <summary>All of them. Never throws for what a provider or the network does.</summary>
    Task<TemplateList> ListTemplatesAsync(ChannelAccount account, CancellationToken cancellationToken);
}

/// <summary>Submits templates to a provider that reviews them before they may be sent.</summary>
public interface ISubmitTemplates : IReadTemplates
{
    /// <summary>Submits a new one, or a changed one where the draft has an id. Never throws for what a provider or the network does.</summary>
    Task<TemplateSubmission> SubmitTemplateAsync(ChannelAccount account, TemplateDraft draft, CancellationToken cancellationToken);

    /// <summary>Null when it is gone there; otherwise why it is not.</summary>
    Task<string?> DeleteTemplateAsync(ChannelAccount account, string name, string? id, CancellationToken cancellationToken);
}

/// <summary>A template that somebody wants to be approved.</summary>
/// <param name="Id">The provider's id, where it has the template already.</param>
/// <param name="Category">marketing, utility or authentication.</param>
/// <param name="Examples">For each variable what it may say: reviewers read the filled text.</param>
public sealed record TemplateDraft(
    string? Id, string Name, string Language, string Category, TemplateContent Content, IReadOnlyDictionary<string, string> Examples);

/// <summary>What the provider said at once: its id and a first status, or why it takes no such template.</summary>
/// <param name="Category">As the provider files it.</param>
public sealed record TemplateSubmission(string? Id, string Status, string? Category, string? Problem = null);

/// <summary>All templates, or why they could not be read.</summary>
/// <param name="Field">The setting that is wrong, when one is.</param>
public sealed record TemplateList(IReadOnlyList<ProviderTemplate>? Templates, string? Problem = null, string? Field = null);

/// <summary>A template as the provider has it.</summary>
/// <param name="Status">In lower case: approved, pending, rejected, paused, disabled…; unknown ones as given.</param>
public sealed record ProviderTemplate(
    string? Id, string Name, string Language, string Status, string? Category, TemplateContent Content, string? RejectedReason = null, string? Quality = null);

/// <summary>What a template says. Variables are written {{1}} or {{first_name}} in its texts.</summary>
/// <param name="Named">True when variables have names, false when they have numbers.</param>
public sealed record TemplateContent(TemplateHeader? Header, string Body, string? Footer, IReadOnlyList<TemplateButton> Buttons, bool Named);

/// <param name="Format">text, image, video, document or location; others as given.</param>
public sealed record TemplateHeader(string Format, string? Text = null);

/// <param name="Type">quick_reply, url, phone_number, copy_code…</param>
/// <param name="Url">May end in a variable.</param>
public sealed record TemplateButton(string Type, string Text, string? Url = null, string? PhoneNumber = null);

/// <summary>A template with what fills it, on its way out; travels as the message's payload.</summary>
/// <param name="Header">Values of a text header's variables, in order of appearance.</param>
/// <param name="HeaderLink">The address of the header's file, when it is not one of ours.</param>
/// <param name="Buttons">Position → value, for the buttons that take one.</param>
/// <param name="Id">The provider's id of the template: some send by it and not by the name (Twilio's ContentSid).</param>
public sealed record FilledTemplate(
    string Name, string Language, string? HeaderFormat, IReadOnlyList<TemplateValue> Header, string? HeaderLink, FilledLocation? HeaderLocation,
    IReadOnlyList<TemplateValue> Body, IReadOnlyList<FilledButton> Buttons, string? Id = null);

/// <param name="Name">Null for numbered variables.</param>
public sealed record TemplateValue(string? Name, string Value);

public sealed record FilledButton(int Index, string Type, string Value);

public sealed record FilledLocation(double Latitude, double Longitude, string? Name, string? Address);

/// <summary>The provider judged a template again.</summary>
/// <param name="GroupId">The account group the template belongs to: Meta's WhatsApp Business account id.</param>
/// <param name="Status">In lower case, as in <see cref="ProviderTemplate"/>.</param>
public sealed record TemplateChanged(string GroupId, string Name, string Language, string Status, string? Reason) : ChannelEvent("");
