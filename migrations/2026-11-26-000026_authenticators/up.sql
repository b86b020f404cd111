CREATE TABLE IF NOT EXISTS authenticators (
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    name TEXT NOT NULL,
    sealed_secret BYTEA NOT NULL,
    last_step BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_used_at TIMESTAMPTZ,
    added_number BIGINT NOT NULL,
    removed_number BIGINT,
    delete_at TIMESTAMPTZ,
    CONSTRAINT authenticators_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS authenticators_list ON authenticators (user_id);
CREATE INDEX IF NOT EXISTS authenticators_delete_expired ON authenticators (delete_at);

COMMENT ON TABLE authenticators IS 'Authenticator apps, which show a new code every 30 seconds (TOTP, RFC 6238).';
COMMENT ON COLUMN authenticators.id IS 'Identifies the authenticator.';
COMMENT ON COLUMN authenticators.user_id IS 'The account whose second factor it is.';
COMMENT ON COLUMN authenticators.name IS 'The name that its owner gave it.';
COMMENT ON COLUMN authenticators.sealed_secret IS 'The shared secret, encrypted with a key derived from SECRET_KEY.';
COMMENT ON COLUMN authenticators.last_step IS 'The time step of the last code that was accepted. A code of this step or an earlier one is refused.';
COMMENT ON COLUMN authenticators.created_at IS 'The time at which it was added.';
COMMENT ON COLUMN authenticators.last_used_at IS 'The time of its last use. NULL: not since it was added.';
COMMENT ON COLUMN authenticators.added_number IS 'The number of the undo link of its addition.';
COMMENT ON COLUMN authenticators.removed_number IS 'The number of the undo link of its removal, which can restore it. NULL: it is in use.';
COMMENT ON COLUMN authenticators.delete_at IS 'The time from which a removed one may be deleted. NULL: it is in use.';
