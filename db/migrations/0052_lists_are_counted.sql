-- A campaign's list may hold a hundred thousand numbers. Whoever looks at the campaign needs to know how many, which this tells without reading them.
set local lock_timeout = '10s';

alter table campaigns add column recipients_count int generated always as (cardinality(recipients)) stored;
