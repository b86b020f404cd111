COMMENT ON TABLE framing_attempts IS NULL;
