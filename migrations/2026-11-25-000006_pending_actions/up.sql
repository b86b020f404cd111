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
    CONSTRAINT pending_actions_pkey PRIMARY KEY (token_digest)
);
CREATE INDEX IF NOT EXISTS pending_actions_withdraw_open ON pending_actions (user_id);
CREATE INDEX IF NOT EXISTS pending_actions_delete_expired ON pending_actions (delete_at);

COMMENT ON TABLE pending_actions IS 'Sensitive actions that wait for confirmation, and the results of recent ones.';
COMMENT ON COLUMN pending_actions.token_digest IS 'The SHA-256 digest of the token in the confirm page''s URL. The token itself is not stored.';
COMMENT ON COLUMN pending_actions.user_id IS 'The account that the action changes.';
COMMENT ON COLUMN pending_actions.session_id IS 'The session that began the action. No other session may confirm it.';
COMMENT ON COLUMN pending_actions.kind IS 'The kind of action.';
COMMENT ON COLUMN pending_actions.payload IS 'The action as JSON, parsed by kind: what the confirm page shows and what runs. It never changes.';
COMMENT ON COLUMN pending_actions.attempts IS 'The failed confirmations so far: wrong proofs and wrong words. The last permitted one withdraws the action.';
COMMENT ON COLUMN pending_actions.spent_until IS 'Confirm pages served up to this time are spent: their forms are refused.';
COMMENT ON COLUMN pending_actions.created_at IS 'The time at which the action was begun.';
COMMENT ON COLUMN pending_actions.expires_at IS 'The time from which the action can no longer be confirmed.';
COMMENT ON COLUMN pending_actions.used_at IS 'The time at which the action ran. It runs once.';
COMMENT ON COLUMN pending_actions.withdrawn_at IS 'The time at which the action was cancelled, replaced by a later one, tried too often, or stopped by a deletion or an undo.';
COMMENT ON COLUMN pending_actions.delete_at IS 'The time at which the row may be deleted. Until then its page can show the result of the action.';
