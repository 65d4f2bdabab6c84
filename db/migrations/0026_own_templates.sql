-- Templates that are our own: words with variables, for any channel, that no provider has to approve. They share the table
-- with the providers' ones, whose account they lack. One with a shortcut is a quick reply: "/hours" in the composer.
alter table templates
    alter column integration_id drop not null,
    add column variables text[] not null default '{}',   -- names of what has to be filled in, in order of appearance
    add column is_active boolean not null default true,
    add column shortcut text;
alter table templates add constraint own_templates_alone_have_a_shortcut check (shortcut is null or integration_id is null);
create unique index templates_own_name_key on templates (tenant_id, name, language, channel) where integration_id is null;
create unique index templates_shortcut_key on templates (tenant_id, shortcut) where shortcut is not null;
