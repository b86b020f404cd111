COMMENT ON TABLE outgoing_mails IS NULL;
