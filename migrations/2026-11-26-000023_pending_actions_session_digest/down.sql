ALTER TABLE pending_actions DROP COLUMN IF EXISTS session_digest;
