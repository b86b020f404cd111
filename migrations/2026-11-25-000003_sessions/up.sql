CREATE TABLE IF NOT EXISTS sessions (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL,
    token_digest BYTEA NOT NULL,
    user_agent TEXT NOT NULL,
    client_address TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_used_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    absolute_expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS sessions_find_live ON sessions (token_digest);
CREATE INDEX IF NOT EXISTS sessions_list_live ON sessions (user_id, last_used_at);
CREATE INDEX IF NOT EXISTS sessions_delete_expired ON sessions (expires_at);

COMMENT ON TABLE sessions IS 'Sessions: one row per signed-in browser.';
COMMENT ON COLUMN sessions.id IS 'Identifies the session in URLs and logs. It is not the secret.';
COMMENT ON COLUMN sessions.user_id IS 'The account that is signed in. The deletion of an account deletes its sessions.';
COMMENT ON COLUMN sessions.token_digest IS 'The SHA-256 digest of the token in the cookie. The token itself is not stored.';
COMMENT ON COLUMN sessions.user_agent IS 'The User-Agent that the browser sent at sign-in.';
COMMENT ON COLUMN sessions.client_address IS 'The client''s IP address at sign-in.';
COMMENT ON COLUMN sessions.created_at IS 'The time of the sign-in.';
COMMENT ON COLUMN sessions.last_used_at IS 'The time of the last request, written at most once a minute.';
COMMENT ON COLUMN sessions.expires_at IS 'The idle expiry. Each use moves it ahead, never past the absolute expiry. The session is dead from then on.';
COMMENT ON COLUMN sessions.absolute_expires_at IS 'The absolute expiry. The session ends then even if it is in use.';
