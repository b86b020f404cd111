CREATE TABLE IF NOT EXISTS access_tokens (
    token_digest BYTEA NOT NULL,
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT access_tokens_pkey PRIMARY KEY (token_digest)
);
CREATE INDEX IF NOT EXISTS access_tokens_list ON access_tokens (user_id);
CREATE INDEX IF NOT EXISTS access_tokens_delete_expired ON access_tokens (expires_at);

COMMENT ON TABLE access_tokens IS 'Personal access tokens: with one, a program uses the API for the user who made it.';
COMMENT ON COLUMN access_tokens.token_digest IS 'The SHA-256 digest of the token. The token itself is not stored.';
COMMENT ON COLUMN access_tokens.id IS 'Identifies the token in URLs and logs. It gives no access.';
COMMENT ON COLUMN access_tokens.user_id IS 'The account that the token opens.';
COMMENT ON COLUMN access_tokens.name IS 'The name by which its owner tells the token from the others.';
COMMENT ON COLUMN access_tokens.scopes IS 'What the token may do, separated by spaces.';
COMMENT ON COLUMN access_tokens.created_at IS 'The time at which the token was made.';
COMMENT ON COLUMN access_tokens.last_used_at IS 'The time of the last use, to the minute. NULL: it was not used.';
COMMENT ON COLUMN access_tokens.expires_at IS 'The time from which the token no longer works.';
