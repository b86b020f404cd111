CREATE INDEX IF NOT EXISTS email_changes_find_open ON email_changes (user_id);
