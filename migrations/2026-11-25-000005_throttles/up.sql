CREATE TABLE IF NOT EXISTS throttles (
    bucket BYTEA NOT NULL,
    attempts INT8 NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT throttles_pkey PRIMARY KEY (bucket)
);
CREATE INDEX IF NOT EXISTS throttles_delete_expired ON throttles (expires_at);

COMMENT ON TABLE throttles IS 'Rate limits: the attempts of each bucket, counted over all instances.';
COMMENT ON COLUMN throttles.bucket IS 'The HMAC-SHA-256 of the limited action, its target and its source. It holds no personal data.';
COMMENT ON COLUMN throttles.attempts IS 'The attempts in the current window.';
COMMENT ON COLUMN throttles.expires_at IS 'The end of the window. The next attempt after it starts a new count.';
