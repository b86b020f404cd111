CREATE TABLE IF NOT EXISTS passkeys (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL,
    name TEXT NOT NULL,
    credential_id BYTEA NOT NULL,
    credential TEXT NOT NULL,
    last_challenge_at TIMESTAMPTZ,
    last_used_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    added_number INT8 NOT NULL,
    removed_number INT8,
    delete_at TIMESTAMPTZ,
    CONSTRAINT passkeys_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS passkeys_find_by_credential_id ON passkeys (credential_id);
CREATE INDEX IF NOT EXISTS passkeys_list ON passkeys (user_id, created_at);
CREATE INDEX IF NOT EXISTS passkeys_delete_expired ON passkeys (delete_at);

COMMENT ON TABLE passkeys IS 'Passkeys (W3C Web Authentication): one row per passkey that a user added to the account.';
COMMENT ON COLUMN passkeys.id IS 'Identifies the passkey in URLs and logs.';
COMMENT ON COLUMN passkeys.user_id IS 'The account that the passkey opens. It is the user handle in the authenticator.';
COMMENT ON COLUMN passkeys.name IS 'The name that the user gave it.';
COMMENT ON COLUMN passkeys.credential_id IS 'The id that the authenticator gave it.';
COMMENT ON COLUMN passkeys.credential IS 'The public key, the signature counter and the backup flags as JSON with the version of the format.';
COMMENT ON COLUMN passkeys.last_challenge_at IS 'The time at which the challenge of the last use was served. Only a later challenge counts, so that no answer counts twice. NULL: never used.';
COMMENT ON COLUMN passkeys.last_used_at IS 'The time of the last use. NULL: never used.';
COMMENT ON COLUMN passkeys.created_at IS 'The time at which the user added it.';
COMMENT ON COLUMN passkeys.added_number IS 'The number of the undo link of the change that added it.';
COMMENT ON COLUMN passkeys.removed_number IS 'The number of the undo link of its removal, which can restore it. NULL: it is in use.';
COMMENT ON COLUMN passkeys.delete_at IS 'The time from which the row of a removed passkey may be deleted. NULL: it was not removed.';
