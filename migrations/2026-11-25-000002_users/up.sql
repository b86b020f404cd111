CREATE TABLE IF NOT EXISTS users (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    email TEXT NOT NULL,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    delete_after TIMESTAMPTZ,
    card_enabled BOOL NOT NULL DEFAULT false,
    CONSTRAINT users_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS users_find_by_email ON users (email);
CREATE INDEX IF NOT EXISTS users_find_due ON users (delete_after) WHERE delete_after IS NOT NULL;

COMMENT ON TABLE users IS 'Accounts: one row per user.';
COMMENT ON COLUMN users.id IS 'Identifies the account in URLs and logs.';
COMMENT ON COLUMN users.email IS 'The email address in its normal form: trimmed, lower case, the domain in ASCII (IDNA).';
COMMENT ON COLUMN users.display_name IS 'The name that the account''s pages show.';
COMMENT ON COLUMN users.password_hash IS 'The argon2id hash in PHC string format.';
COMMENT ON COLUMN users.created_at IS 'The time of the sign-up.';
COMMENT ON COLUMN users.updated_at IS 'The time of the last change to the row. The application sets it.';
COMMENT ON COLUMN users.delete_after IS 'The time at which the account is deleted, unless the user keeps it before then. NULL if no deletion is scheduled.';
COMMENT ON COLUMN users.card_enabled IS 'Whether the public card at /card/{id} is shown. The user switches it on.';
