CREATE INDEX IF NOT EXISTS users_list_disabled ON users (email) WHERE disabled_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS users_list_deleting ON users (email) WHERE delete_after IS NOT NULL;
