CREATE INDEX IF NOT EXISTS users_find_factor_resets ON users (factors_reset_after) WHERE factors_reset_after IS NOT NULL;
