CREATE TABLE IF NOT EXISTS pending_sign_ins (
    token_digest BYTEA NOT NULL,
    user_id UUID NOT NULL,
    password_digest BYTEA NOT NULL,
    remembered BOOL NOT NULL,
    next_path TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pending_sign_ins_pkey PRIMARY KEY (token_digest)
);
CREATE INDEX IF NOT EXISTS pending_sign_ins_list ON pending_sign_ins (user_id);
CREATE INDEX IF NOT EXISTS pending_sign_ins_delete_expired ON pending_sign_ins (expires_at);

COMMENT ON TABLE pending_sign_ins IS 'Sign-ins with the right password that wait for a second factor. They open nothing else.';
COMMENT ON COLUMN pending_sign_ins.token_digest IS 'The SHA-256 digest of the token in the cookie. The token itself is not stored.';
COMMENT ON COLUMN pending_sign_ins.user_id IS 'The account whose password was typed.';
COMMENT ON COLUMN pending_sign_ins.password_digest IS 'The SHA-256 digest of the password hash that matched. The sign-in ends when the password changes.';
COMMENT ON COLUMN pending_sign_ins.remembered IS 'Whether the user chose to stay signed in on this device.';
COMMENT ON COLUMN pending_sign_ins.next_path IS 'The page that follows.';
COMMENT ON COLUMN pending_sign_ins.attempts IS 'The wrong second factors so far. The last permitted one ends the sign-in.';
COMMENT ON COLUMN pending_sign_ins.created_at IS 'The time at which the password was typed.';
COMMENT ON COLUMN pending_sign_ins.expires_at IS 'The time from which the password must be typed again.';
