CREATE INDEX IF NOT EXISTS undo_links_is_reserved ON undo_links (former_email);
