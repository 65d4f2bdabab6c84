-- Whoever looks for duplicates reads the index's list of what is new with each key: it is kept short, and contacts are still written fast.
alter index contacts_match_idx set (gin_pending_list_limit = 64);
