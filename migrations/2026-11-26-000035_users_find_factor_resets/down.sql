DROP INDEX IF EXISTS users_find_factor_resets;
