CREATE INDEX IF NOT EXISTS sessions_delete_expired ON sessions (expires_at);
