CREATE INDEX IF NOT EXISTS users_find_due ON users (delete_after) WHERE delete_after IS NOT NULL;
