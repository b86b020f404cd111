CREATE INDEX IF NOT EXISTS throttles_delete_expired ON throttles (expires_at);
