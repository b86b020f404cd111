CREATE TABLE IF NOT EXISTS applications (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    name TEXT NOT NULL,
    return_origin TEXT NOT NULL,
    webhook_url TEXT,
    secret_digest BYTEA NOT NULL,
    former_secret_digest BYTEA,
    former_secret_ends_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    disabled_at TIMESTAMPTZ,
    CONSTRAINT applications_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS applications_find_by_secret ON applications (secret_digest);
CREATE UNIQUE INDEX IF NOT EXISTS applications_find_by_former_secret ON applications (former_secret_digest);

COMMENT ON TABLE applications IS 'Other applications of the team, which ask users for confirmations.';
COMMENT ON COLUMN applications.id IS 'Identifies the application. Receipts name it as their audience.';
COMMENT ON COLUMN applications.name IS 'The name that users see.';
COMMENT ON COLUMN applications.return_origin IS 'The one origin to which users return after a confirmation, as browsers spell it.';
COMMENT ON COLUMN applications.webhook_url IS 'The URL that gets each receipt. NULL: none.';
COMMENT ON COLUMN applications.secret_digest IS 'The SHA-256 digest of the secret. The secret itself is not stored.';
COMMENT ON COLUMN applications.former_secret_digest IS 'The SHA-256 digest of the secret before the last rotation. NULL: none was rotated.';
COMMENT ON COLUMN applications.former_secret_ends_at IS 'The time from which the former secret no longer works.';
COMMENT ON COLUMN applications.created_at IS 'The time at which an operator registered the application.';
COMMENT ON COLUMN applications.disabled_at IS 'The time at which an operator disabled the application. NULL: it works.';
