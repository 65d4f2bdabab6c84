-- What a provider says of an account's quality stops campaigns, and nobody else: the account itself still works.
set local lock_timeout = '10s';
alter table integrations
    add column quality_warning text,             -- in words
    add column quality_warned_at timestamptz;
alter table campaigns add column brake_since timestamptz;   -- its last start: what was warned of before then is known
