using System.Text.Json.Nodes;

namespace Parley.Emulators.Meta;

/// <summary>The templates of each business account. Every account starts with the same realistic few.</summary>
internal sealed class MetaTemplates(MetaAccounts accounts, Courier courier, TimeProvider time)
{
    readonly Dictionary<string, List<MetaTemplate>> _byWaba = [];
    readonly Lock _gate = new();
    long _given;

    public IReadOnlyList<MetaTemplate> List(string wabaId)
    {
        lock (_gate) return [.. Of(wabaId)];
    }

    /// <summary>Languages are compared as written, but for "-" and "_".</summary>
    public MetaTemplate? Find(string wabaId, string name, string language) =>
        List(wabaId).FirstOrDefault(template => template.Name == name && template.Language == language.Replace('-', '_'));

    public MetaTemplate? FindById(string id)
    {
        lock (_gate) return _byWaba.Keys.ToList().SelectMany(Of).FirstOrDefault(template => template.Id == id);
    }

    /// <summary>Null when there is one of this name and language already.</summary>
    public MetaTemplate? Create(string wabaId, MetaTemplateRequest request, TimeSpan review)
    {
        lock (_gate)
        {
            if (Of(wabaId).Any(template => template.Name == request.Name && template.Language == request.Language)) return null;
            var created = UnderReview(New(wabaId, request), review);
            Of(wabaId).Add(created);
            return created;
        }
    }

    public void Edit(MetaTemplate template, MetaTemplateRequest request, TimeSpan review) =>
        Replace(UnderReview(template with { Category = request.Category, Components = request.Components, IsNamed = request.IsNamed }, review));

    /// <summary>How many there were.</summary>
    public int Delete(string wabaId, string name, string? id)
    {
        lock (_gate) return Of(wabaId).RemoveAll(template => template.Name == name && (string.IsNullOrEmpty(id) || template.Id == id));
    }

    /// <summary>Changes the status as an event says, and tells who listens; how many.</summary>
    public int Tell(MetaTemplate template, string happened, string reason)
    {
        // These two say what a template is again, or that it is watched; the others are statuses themselves.
        var status = happened switch { "REINSTATED" or "UNARCHIVED" or "FLAGGED" => "APPROVED", _ => happened };
        Replace(template with { Status = status, RejectedReason = status == "REJECTED" ? reason : "NONE", Review = null });
        return Announce(template, happened, reason, TimeSpan.Zero);
    }

    MetaTemplate New(string wabaId, MetaTemplateRequest request)
    {
        var order = ++_given;
        return new(order, (594_425_479_261_596 + order * 7_919).ToString(), wabaId, request.Name, request.Language, request.Category, request.IsNamed, request.Components);
    }

    MetaTemplate UnderReview(MetaTemplate template, TimeSpan review)
    {
        var (verdict, reason) = template.Name.Contains("reject") ? ("REJECTED", "INVALID_FORMAT") : ("APPROVED", "NONE");
        var decided = new MetaReview(time.GetUtcNow() + review, verdict, reason);
        // A little later than the status itself: timers end early by the clock, and who hears of a verdict may ask for it at once.
        Announce(template, verdict, reason, review + TimeSpan.FromMilliseconds(50));
        return template with { Status = "PENDING", RejectedReason = "NONE", Quality = "UNKNOWN", Review = decided };
    }

    int Announce(MetaTemplate template, string happened, string reason, TimeSpan after)
    {
        var listening = accounts.ListeningTo(template.WabaId);
        foreach (var account in listening)
        {
            var value = new JsonObject
            {
                ["event"] = happened, ["message_template_id"] = long.Parse(template.Id), ["message_template_name"] = template.Name,
                ["message_template_language"] = template.Language, ["message_template_category"] = template.Category, ["reason"] = reason,
            };
            if (happened == "REJECTED") value["rejection_info"] = new JsonObject { ["reason"] = "The template does not follow the rules (emulated).", ["recommendation"] = "Change its text and submit it again." };
            if (happened == "PAUSED") value["other_info"] = new JsonObject { ["title"] = "FIRST_PAUSE", ["description"] = "People rated it badly, so it is paused for 3 hours (emulated)." };
            if (happened == "DISABLED") value["disable_info"] = new JsonObject { ["disable_date"] = time.GetUtcNow().ToUnixTimeSeconds() };
            courier.Send(MetaWebhooks.OfBusiness(account, "message_template_status_update", value, time.GetUtcNow() + after, after));
        }
        return listening.Count;
    }

    void Replace(MetaTemplate template)
    {
        lock (_gate)
        {
            var templates = Of(template.WabaId);
            var at = templates.FindIndex(one => one.Id == template.Id);
            if (at >= 0) templates[at] = template;
        }
    }

    // Reviews end when somebody looks: their webhook was put on its way when they began.
    List<MetaTemplate> Of(string wabaId)
    {
        if (!_byWaba.TryGetValue(wabaId, out var templates))
            _byWaba[wabaId] = templates = [.. MetaTemplateDefaults.All.Select(one => New(wabaId, one.Request) with { Status = one.Status, RejectedReason = one.Reason, Quality = one.Quality })];
        var now = time.GetUtcNow();
        for (var i = 0; i < templates.Count; i++)
            if (templates[i].Review is { } review && review.At <= now) templates[i] = templates[i] with { Status = review.Event, RejectedReason = review.Reason, Review = null };
        return templates;
    }
}
