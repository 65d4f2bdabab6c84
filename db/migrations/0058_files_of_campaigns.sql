-- A campaign can carry a file that was uploaded: it has a row of its own, of which each message gets another one with the same bytes. A draft that is
-- deleted lets go of it first, so that it is a free upload again ("set null" cannot be distributed where the key has the tenant in it).
set local lock_timeout = '10s';

alter table attachments add column campaign_id uuid;
alter table attachments add constraint attachments_campaign_fkey foreign key (tenant_id, campaign_id) references campaigns (tenant_id, id) on delete cascade not valid;
alter table attachments validate constraint attachments_campaign_fkey;
alter table attachments add constraint attachments_have_one_place check (message_id is null or campaign_id is null) not valid;
alter table attachments validate constraint attachments_have_one_place;
create unique index attachments_campaign_key on attachments (tenant_id, campaign_id) where campaign_id is not null;

-- Whether anything still has the same bytes, before they are removed.
create index attachments_bytes_idx on attachments (tenant_id, sha256) where sha256 is not null;

drop index attachments_unsent_idx;
create index attachments_unsent_idx on attachments (created_at) where message_id is null and campaign_id is null;
