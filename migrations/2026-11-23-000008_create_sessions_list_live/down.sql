DROP INDEX IF EXISTS sessions_list_live;
