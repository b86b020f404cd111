COMMENT ON TABLE violation_reports IS NULL;
