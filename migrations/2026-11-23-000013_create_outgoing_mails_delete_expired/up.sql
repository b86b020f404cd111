CREATE INDEX IF NOT EXISTS outgoing_mails_delete_expired ON outgoing_mails (expires_at);
