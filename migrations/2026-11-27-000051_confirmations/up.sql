CREATE TABLE IF NOT EXISTS confirmations (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    application_id UUID NOT NULL,
    user_id UUID NOT NULL,
    application_name TEXT NOT NULL,
    title TEXT NOT NULL,
    details TEXT NOT NULL,
    danger TEXT NOT NULL,
    return_url TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    outcome TEXT,
    decided_at TIMESTAMPTZ,
    proof TEXT,
    receipt TEXT,
    delete_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT confirmations_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS confirmations_count_open ON confirmations (user_id, application_id);
CREATE INDEX IF NOT EXISTS confirmations_delete_expired ON confirmations (delete_at);

COMMENT ON TABLE confirmations IS 'What other applications ask users to confirm, and what the users decided.';
COMMENT ON COLUMN confirmations.id IS 'Identifies the confirmation, also in its web address. Only its user and its application can see it.';
COMMENT ON COLUMN confirmations.application_id IS 'The application that asks.';
COMMENT ON COLUMN confirmations.user_id IS 'The account that is asked.';
COMMENT ON COLUMN confirmations.application_name IS 'The name of the application, as it is shown.';
COMMENT ON COLUMN confirmations.title IS 'What the application asks for, as it is shown.';
COMMENT ON COLUMN confirmations.details IS 'The details as JSON: an array of objects with a label and a value, in the order in which they are shown.';
COMMENT ON COLUMN confirmations.danger IS 'normal, or high: only a second factor is a proof then.';
COMMENT ON COLUMN confirmations.return_url IS 'Where the user goes afterwards, on the registered origin of the application.';
COMMENT ON COLUMN confirmations.created_at IS 'The time at which the application asked.';
COMMENT ON COLUMN confirmations.expires_at IS 'The time from which it can no longer be decided.';
COMMENT ON COLUMN confirmations.outcome IS 'approved, declined or withdrawn. NULL: not decided, or expired. It is set once.';
COMMENT ON COLUMN confirmations.decided_at IS 'The time of the outcome.';
COMMENT ON COLUMN confirmations.proof IS 'The kind of proof of an approval: password, totp, passkey or recovery_code.';
COMMENT ON COLUMN confirmations.receipt IS 'The signed receipt of an approval or a refusal: a compact JWS.';
COMMENT ON COLUMN confirmations.delete_at IS 'The time from which the row may be deleted. Until then the application can read the outcome.';
