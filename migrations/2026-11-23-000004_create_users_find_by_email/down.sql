DROP INDEX IF EXISTS users_find_by_email;
