DROP INDEX IF EXISTS email_changes_find_open;
