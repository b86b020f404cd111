CREATE TABLE IF NOT EXISTS email_changes (
    token_digest BYTEA NOT NULL,
    user_id UUID NOT NULL,
    old_email TEXT NOT NULL,
    new_email TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    confirmed_at TIMESTAMPTZ,
    withdrawn_at TIMESTAMPTZ,
    CONSTRAINT email_changes_pkey PRIMARY KEY (token_digest)
);
CREATE INDEX IF NOT EXISTS email_changes_find_open ON email_changes (user_id);
CREATE INDEX IF NOT EXISTS email_changes_delete_expired ON email_changes (expires_at);

COMMENT ON TABLE email_changes IS 'New email addresses that wait for the link mailed to them.';
COMMENT ON COLUMN email_changes.token_digest IS 'The SHA-256 digest of the token in the mailed link. The token itself is not stored.';
COMMENT ON COLUMN email_changes.user_id IS 'The account whose email address changes.';
COMMENT ON COLUMN email_changes.old_email IS 'The account''s email address when the change was confirmed. The link works only while it is still the account''s.';
COMMENT ON COLUMN email_changes.new_email IS 'The email address that the link proves.';
COMMENT ON COLUMN email_changes.created_at IS 'The time at which the link was queued.';
COMMENT ON COLUMN email_changes.expires_at IS 'The time from which the link no longer works.';
COMMENT ON COLUMN email_changes.confirmed_at IS 'The time at which the new email address took effect.';
COMMENT ON COLUMN email_changes.withdrawn_at IS 'The time at which the change was stopped or replaced by a later one.';
