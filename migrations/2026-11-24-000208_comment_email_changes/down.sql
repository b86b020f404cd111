COMMENT ON TABLE email_changes IS NULL;
