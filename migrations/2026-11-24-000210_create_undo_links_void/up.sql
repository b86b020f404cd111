CREATE INDEX IF NOT EXISTS undo_links_void ON undo_links (user_id);
