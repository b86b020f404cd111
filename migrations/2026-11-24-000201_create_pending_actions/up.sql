CREATE TABLE IF NOT EXISTS pending_actions (
    token_digest BYTEA NOT NULL,
    user_id UUID NOT NULL,
    session_id UUID NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    attempts INT8 NOT NULL DEFAULT 0,
    spent_until TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    withdrawn_at TIMESTAMPTZ,
    delete_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pending_actions_pkey PRIMARY KEY (token_digest),
    CONSTRAINT pending_actions_kind CHECK (kind IN ('change_email', 'revoke_other_sessions', 'delete_account'))
);
