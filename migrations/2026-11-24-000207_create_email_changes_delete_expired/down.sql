DROP INDEX IF EXISTS email_changes_delete_expired;
