-- Whoever looks for duplicates reads the index's list of what is new with each key: it is kept short, and contacts are still written fast.
set local lock_timeout = '10s';

alter index contacts_match_idx set (gin_pending_list_limit = 64);
