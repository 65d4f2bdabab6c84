-- What an import must know to be right: of which country numbers without + are, and what was seen to be wrong with the file's quotation marks.
set local lock_timeout = '10s';

alter table contact_imports add column country text, add column warning text;
