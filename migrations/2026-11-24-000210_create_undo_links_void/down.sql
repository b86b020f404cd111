DROP INDEX IF EXISTS undo_links_void;
