CREATE INDEX IF NOT EXISTS sessions_list_live ON sessions (user_id, last_used_at);
