COMMENT ON TABLE pending_actions IS NULL;
