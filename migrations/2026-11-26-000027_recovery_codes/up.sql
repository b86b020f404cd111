CREATE TABLE IF NOT EXISTS recovery_codes (
    code_digest BYTEA NOT NULL,
    user_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    used_at TIMESTAMPTZ,
    added_number BIGINT NOT NULL,
    removed_number BIGINT,
    delete_at TIMESTAMPTZ,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (code_digest)
);
CREATE INDEX IF NOT EXISTS recovery_codes_list ON recovery_codes (user_id);
CREATE INDEX IF NOT EXISTS recovery_codes_delete_expired ON recovery_codes (delete_at);

COMMENT ON TABLE recovery_codes IS 'Recovery codes: each stands in for a second factor once.';
COMMENT ON COLUMN recovery_codes.code_digest IS 'The SHA-256 digest of the account and the code, which has 120 random bits. The code itself is not stored.';
COMMENT ON COLUMN recovery_codes.user_id IS 'The account that the code opens, together with its password.';
COMMENT ON COLUMN recovery_codes.created_at IS 'The time at which the code was made.';
COMMENT ON COLUMN recovery_codes.used_at IS 'The time at which the code was used. It works once.';
COMMENT ON COLUMN recovery_codes.added_number IS 'The number of the undo link of the change that made the code.';
COMMENT ON COLUMN recovery_codes.removed_number IS 'The number of the undo link of the change that made it void, which can restore it. NULL: it is in use.';
COMMENT ON COLUMN recovery_codes.delete_at IS 'The time from which a void one may be deleted. NULL: it is in use.';
