CREATE TABLE IF NOT EXISTS violation_reports (
    directive TEXT NOT NULL,
    page TEXT NOT NULL,
    reports INT8 NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT violation_reports_pkey PRIMARY KEY (directive, page)
);
