DROP INDEX IF EXISTS throttles_delete_expired;
