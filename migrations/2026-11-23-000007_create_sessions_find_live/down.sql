DROP INDEX IF EXISTS sessions_find_live;
