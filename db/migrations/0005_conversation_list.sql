-- A list sorted by the exact time of the last message moves its index entry, and with it those of all other indexes, on
-- every message. Sorted by a quarter of a minute first, the messages of a burst leave all indexes alone (HOT updates);
-- within the quarter the page sorts by the exact time. Measured in docs/performance.md.
drop index conversations_list_idx;
alter table conversations
    add column activity_at timestamptz generated always as (date_bin('15 seconds', last_message_at, '2000-01-01 00:00:00+00')) stored;
alter table conversations set (fillfactor = 70);
create index conversations_list_idx on conversations (tenant_id, activity_at desc);
