CREATE INDEX IF NOT EXISTS email_changes_delete_expired ON email_changes (expires_at);
