CREATE TABLE IF NOT EXISTS violation_reports (
    directive TEXT NOT NULL,
    page TEXT NOT NULL,
    reports INT8 NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT violation_reports_pkey PRIMARY KEY (directive, page)
);
CREATE INDEX IF NOT EXISTS violation_reports_delete_expired ON violation_reports (expires_at);

COMMENT ON TABLE violation_reports IS 'Violations of our Content-Security-Policy that browsers reported, counted. Any client can send such reports.';
COMMENT ON COLUMN violation_reports.directive IS 'The violated directive, or "(other)".';
COMMENT ON COLUMN violation_reports.page IS 'The pattern of the page''s route, "(not told)" or "(other)". Never the URL itself, which may hold a secret.';
COMMENT ON COLUMN violation_reports.reports IS 'The number of reports.';
COMMENT ON COLUMN violation_reports.first_seen_at IS 'The time of the first recorded report.';
COMMENT ON COLUMN violation_reports.last_seen_at IS 'The time of the last recorded report.';
COMMENT ON COLUMN violation_reports.expires_at IS 'The time at which the row is deleted. Each new report moves it ahead.';
