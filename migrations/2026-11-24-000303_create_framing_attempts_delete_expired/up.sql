CREATE INDEX IF NOT EXISTS framing_attempts_delete_expired ON framing_attempts (expires_at);
