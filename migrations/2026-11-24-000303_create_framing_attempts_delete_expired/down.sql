DROP INDEX IF EXISTS framing_attempts_delete_expired;
