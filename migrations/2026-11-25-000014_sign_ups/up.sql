CREATE TABLE IF NOT EXISTS sign_ups (
    token_digest BYTEA NOT NULL,
    email TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    delete_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT sign_ups_pkey PRIMARY KEY (token_digest)
);
CREATE INDEX IF NOT EXISTS sign_ups_delete_expired ON sign_ups (delete_at);

COMMENT ON TABLE sign_ups IS 'Sign-ups that wait for the link mailed to their email address. The account is created when its owner uses the link.';
COMMENT ON COLUMN sign_ups.token_digest IS 'The SHA-256 digest of the token in the mailed link. The token itself is not stored.';
COMMENT ON COLUMN sign_ups.email IS 'The email address that the link proves. If it already had an account, the link was never mailed.';
COMMENT ON COLUMN sign_ups.created_at IS 'The time at which the link was queued.';
COMMENT ON COLUMN sign_ups.expires_at IS 'The time from which the link no longer works.';
COMMENT ON COLUMN sign_ups.used_at IS 'The time at which the link created the account.';
COMMENT ON COLUMN sign_ups.delete_at IS 'The time at which the row may be deleted. Until then its page can say why the link no longer works.';
