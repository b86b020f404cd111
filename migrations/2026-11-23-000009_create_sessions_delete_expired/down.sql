DROP INDEX IF EXISTS sessions_delete_expired;
