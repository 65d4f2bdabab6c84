-- When a page was last heard changes all the time: with an index on it each such change would also be one of every index. The table
-- is as small as the number of open pages, and only housekeeping looked by age.
drop index presence_age_idx;
