CREATE INDEX IF NOT EXISTS undo_links_delete_expired ON undo_links (expires_at);
