CREATE TABLE IF NOT EXISTS throttles (
    bucket BYTEA NOT NULL,
    rate_limit TEXT NOT NULL,
    subject TEXT NOT NULL,
    cost INTERVAL NOT NULL,
    capacity INTERVAL NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT throttles_pkey PRIMARY KEY (bucket)
);
CREATE INDEX IF NOT EXISTS throttles_list_busiest ON throttles (rate_limit, expires_at);
CREATE INDEX IF NOT EXISTS throttles_delete_expired ON throttles (expires_at);

COMMENT ON TABLE throttles IS 'Rate limits: one row per bucket that is not empty, counted over all instances by the generic cell rate algorithm (GCRA).';
COMMENT ON COLUMN throttles.bucket IS 'The HMAC-SHA-256 of the rate limit and its subject.';
COMMENT ON COLUMN throttles.rate_limit IS 'The name of the rate limit.';
COMMENT ON COLUMN throttles.subject IS 'What shares the attempts, for the operator: a network, an account id, or a keyed digest of an email address.';
COMMENT ON COLUMN throttles.cost IS 'The time in which the bucket regains one attempt.';
COMMENT ON COLUMN throttles.capacity IS 'The time in which a spent bucket regains all attempts.';
COMMENT ON COLUMN throttles.expires_at IS 'The time at which the bucket has regained all attempts (GCRA: the theoretical arrival time). Each attempt moves it ahead by the cost, to the capacity from now at most.';
