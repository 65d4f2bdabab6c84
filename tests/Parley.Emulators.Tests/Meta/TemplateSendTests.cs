using Parley.Emulators.Tests.Support;
using Xunit;

namespace Parley.Emulators.Tests.Meta;

public class TemplateSendTests
{
    [Theory]
    [InlineData("""{"name":"hello_world","language":{"code":"en_US"}}""")]
    [InlineData("""{"name":"order_ready","language":{"code":"pt_BR"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"},{"type":"text","text":"A-1"}]}]}""")]
    [InlineData("""{"name":"appointment_reminder","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","parameter_name":"time","text":"10:30"},{"type":"text","parameter_name":"first_name","text":"Ana"},{"type":"text","parameter_name":"date","text":"3 March"}]},{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"COME"}]}]}""")]
    [InlineData("""{"name":"spring_offer","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"image","image":{"link":"https://cdn.example/a.jpg"}}]},{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}""")]
    [InlineData("""{"name":"track_parcel","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"RB 417"}]},{"type":"button","sub_type":"url","index":0,"parameters":[{"type":"text","text":"417"}]}]}""")]
    public async Task A_template_with_all_its_parameters_is_accepted(string template)
    {
        await using var emulator = await TestEmulator.StartAsync();

        await emulator.SendAsync("template", template);
    }

    [Theory]
    [InlineData("an unknown name", 404, 132001, """{"name":"nothing","language":{"code":"en_US"}}""")]
    [InlineData("an unknown language", 404, 132001, """{"name":"hello_world","language":{"code":"de"}}""")]
    [InlineData("a rejected one", 404, 132001, """{"name":"free_gift","language":{"code":"en_US"}}""")]
    [InlineData("a paused one", 400, 132015, """{"name":"weekly_digest","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"mugs"}]}]}""")]
    [InlineData("no parameters", 400, 132000, """{"name":"order_ready","language":{"code":"pt_BR"}}""")]
    [InlineData("too few", 400, 132000, """{"name":"order_ready","language":{"code":"pt_BR"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}""")]
    [InlineData("too many", 400, 132000, """{"name":"hello_world","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}""")]
    [InlineData("a missing name", 400, 132000, """{"name":"appointment_reminder","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","parameter_name":"first_name","text":"Ana"},{"type":"text","parameter_name":"date","text":"3 March"},{"type":"text","text":"10:30"}]}]}""")]
    [InlineData("a header without its image", 400, 132012, """{"name":"spring_offer","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}""")]
    [InlineData("an unknown file", 400, 100, """{"name":"spring_offer","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"image","image":{"id":"12"}}]},{"type":"body","parameters":[{"type":"text","text":"Ana"}]}]}""")]
    [InlineData("a link without its end", 400, 131008, """{"name":"track_parcel","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"RB 417"}]}]}""")]
    [InlineData("a button that is not there", 400, 132018, """{"name":"hello_world","language":{"code":"en_US"},"components":[{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"X"}]}]}""")]
    [InlineData("a new line", 400, 132018, """{"name":"order_ready","language":{"code":"pt_BR"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana\nMaria"},{"type":"text","text":"A-1"}]}]}""")]
    [InlineData("no language", 400, 131008, """{"name":"hello_world"}""")]
    public async Task A_template_is_refused_for(string what, int status, int code, string template)
    {
        await using var emulator = await TestEmulator.StartAsync();

        Assert.True(code == await emulator.RefusalAsync("template", template, status), what);
        Assert.Empty((await emulator.Controls.GetJsonAsync("/ledger/meta"))["items"]!.AsArray());
    }
}
