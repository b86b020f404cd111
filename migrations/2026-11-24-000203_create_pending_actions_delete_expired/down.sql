DROP INDEX IF EXISTS pending_actions_delete_expired;
