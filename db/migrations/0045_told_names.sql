-- The name that a channel says a person has there. It stands where only what comes from the channel writes, because people can type any name into a contact's
-- custom fields, and only the channel's own word makes two contacts one without asking. Whose names are known already is told again by their next message.
set local lock_timeout = '10s';

alter table contact_identities add column user_name text;
create index contact_identities_user_name_idx on contact_identities (tenant_id, channel, lower(user_name)) where user_name is not null;
