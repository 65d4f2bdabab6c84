-- Somebody is told not only where a note names them, but also when something of the organisation's needs an admin: such a notice has words of its own.

alter table notifications alter column note_id drop not null;
alter table notifications alter column contact_id drop not null;
alter table notifications add column content text;
alter table notifications drop constraint notification_kind_is_known;
alter table notifications add constraint notification_kind_is_known check (kind in ('mention', 'webhook_disabled'));
alter table notifications add constraint mentions_have_a_note check (kind <> 'mention' or note_id is not null and contact_id is not null);
