CREATE UNIQUE INDEX IF NOT EXISTS sessions_find_live ON sessions (token_digest);
