using Parley.Server.Platform.Configuration;
using Parley.Server.Tests.Support;
using Xunit;

namespace Parley.Server.Tests.Api;

public sealed class SettingsTests
{
    [Fact]
    public void Every_setting_is_in_the_documentation_and_in_the_example()
    {
        var page = File.ReadAllText(Path.Combine(Checkout.Folder, "docs", "configuration.md"));
        var example = File.ReadAllText(Path.Combine(Checkout.Folder, "ENV.example"));
        foreach (var setting in ParleySettings.Definitions)
        {
            Assert.Contains($"`{setting.Name}`", page);
            Assert.Contains(setting.Name, example);
        }
    }

    [Theory]
    [InlineData("PARLEY_RATE_LIMIT", "abc", "PARLEY_RATE_LIMIT is \"abc\"")]
    [InlineData("STORAGE_BACKEND", "floppy", "must be database or memory")]
    [InlineData("DB_SYNCHRONIZE", "perhaps", "must be true or false")]
    [InlineData("PARLEY_URLS", "here", "needs addresses such as")]
    [InlineData("PARLEY_PUBLIC_URL", "inbox", "must be an address")]
    [InlineData("PARLEY_MASTER_KEY", "short", "32 bytes in base64")]
    [InlineData("DATABASE_URL", "mysql://x/y", "begins with mysql://")]
    [InlineData("DATABASE_URL", "postgresql://host", "names no database")]
    public void A_wrong_setting_is_named_in_a_sentence(string name, string value, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<SettingException>(() => Load(new() { [name] = value })).Message);

    [Fact]
    public void Secrets_do_not_appear_in_what_is_said_about_wrong_settings() =>
        Assert.DoesNotContain("hunter2", Assert.Throws<SettingException>(() => Load(new() { ["DATABASE_URL"] = "postgresql://u:hunter2@h" })).Message);

    [Theory]
    [InlineData("postgresql+asyncpg://setdm_user:p%40ss@localhost:5433/setdm", "Host=localhost;Port=5433;Username=setdm_user;Password=p@ss;Database=setdm")]
    [InlineData("postgres://u@h/d?sslmode=require&pool_size=5", "Host=h;Username=u;Database=d;SSL Mode=Require")]
    public void A_database_address_is_understood_as_other_tools_write_it(string url, string expected) =>
        Assert.True(new Npgsql.NpgsqlConnectionStringBuilder(expected).EquivalentTo(new Npgsql.NpgsqlConnectionStringBuilder(Load(new() { ["DATABASE_URL"] = url }).DatabaseConnectionString)));

    [Fact]
    public void A_misspelt_setting_is_pointed_out() =>
        Assert.Contains("PARLEY_URLL is not a setting of Parley. Did you mean PARLEY_URLS?", Load(new() { ["PARLEY_URLL"] = "x" }).Warnings);

    static ParleySettings Load(Dictionary<string, string> environment) => ParleySettings.Load(new Dictionary<string, string?>(), "/nowhere", environment);
}
