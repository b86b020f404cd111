DROP INDEX IF EXISTS users_list_deleting;
DROP INDEX IF EXISTS users_list_disabled;
