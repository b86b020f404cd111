DROP INDEX IF EXISTS undo_links_is_reserved;
