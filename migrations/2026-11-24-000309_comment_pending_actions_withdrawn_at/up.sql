COMMENT ON COLUMN pending_actions.withdrawn_at IS 'When it was cancelled, replaced by a later one, tried too often, or stopped by a deletion or an undo of the account.';
