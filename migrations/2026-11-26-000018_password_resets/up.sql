CREATE TABLE IF NOT EXISTS password_resets (
    token_digest BYTEA NOT NULL,
    user_id UUID NOT NULL,
    email TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    delete_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT password_resets_pkey PRIMARY KEY (token_digest)
);
CREATE INDEX IF NOT EXISTS password_resets_void_all ON password_resets (user_id);
CREATE INDEX IF NOT EXISTS password_resets_delete_expired ON password_resets (delete_at);

COMMENT ON TABLE password_resets IS 'Links, mailed to users who forgot their password, with which they choose a new one.';
COMMENT ON COLUMN password_resets.token_digest IS 'The SHA-256 digest of the token in the mailed link. The token itself is not stored.';
COMMENT ON COLUMN password_resets.user_id IS 'The account that gets the new password. A made-up one, if no account had the email address.';
COMMENT ON COLUMN password_resets.email IS 'The email address that the link was mailed to. The link works only while the account has it.';
COMMENT ON COLUMN password_resets.created_at IS 'The time at which the link was queued.';
COMMENT ON COLUMN password_resets.expires_at IS 'The time from which the link no longer works.';
COMMENT ON COLUMN password_resets.used_at IS 'The time at which a link of the account was used. Then all its links are void.';
COMMENT ON COLUMN password_resets.delete_at IS 'The time at which the row may be deleted. Until then its page can say why the link no longer works.';
