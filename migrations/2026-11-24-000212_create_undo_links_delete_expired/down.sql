DROP INDEX IF EXISTS undo_links_delete_expired;
