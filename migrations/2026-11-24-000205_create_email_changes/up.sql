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
