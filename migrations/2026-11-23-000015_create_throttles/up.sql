CREATE TABLE IF NOT EXISTS throttles (
    bucket BYTEA NOT NULL,
    attempts INT8 NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT throttles_pkey PRIMARY KEY (bucket)
);
