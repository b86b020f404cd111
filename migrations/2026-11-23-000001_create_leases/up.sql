CREATE TABLE IF NOT EXISTS leases (
    name TEXT NOT NULL,
    holder UUID NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT leases_pkey PRIMARY KEY (name)
);
