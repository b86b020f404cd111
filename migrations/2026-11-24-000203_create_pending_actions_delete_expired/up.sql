CREATE INDEX IF NOT EXISTS pending_actions_delete_expired ON pending_actions (delete_at);
