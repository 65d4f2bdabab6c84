namespace Parley.Emulators.Unipile;

/// <summary>Unipile's API, version 1.</summary>
internal static class UnipileEndpoints
{
    public static void MapUnipile(this WebApplication app)
    {
        var gate = app.Services.GetRequiredService<UnipileGate>();
        app.UseWhen(http => http.Request.Path.StartsWithSegments(UnipileGate.Base), branch => branch.Use(next => http => gate.PassAsync(http, next)));
        var api = app.MapGroup(UnipileGate.Base);
        api.MapUnipileAccounts();
        api.MapUnipileChats();
        api.MapUnipileMessages();
        api.MapUnipileAttendees();
        api.MapUnipileSends();
        api.MapUnipileWebhooks();
        app.MapFallback(UnipileGate.Base + "/{**path}", (HttpRequest request) => UnipileErrors.Answer("resource_not_found", $"Cannot {request.Method} {request.Path.Value![8..]}"));
    }
}
