DROP INDEX IF EXISTS users_find_due;
