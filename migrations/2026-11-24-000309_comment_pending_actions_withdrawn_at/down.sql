COMMENT ON COLUMN pending_actions.withdrawn_at IS 'When it was cancelled, replaced by a later one, or tried too often.';
