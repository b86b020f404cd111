CREATE TABLE IF NOT EXISTS framing_attempts (
    origin TEXT NOT NULL,
    attempts INT8 NOT NULL,
    cross_site INT8 NOT NULL,
    same_site INT8 NOT NULL,
    iframe INT8 NOT NULL,
    frame INT8 NOT NULL,
    object INT8 NOT NULL,
    embed INT8 NOT NULL,
    post_from_frame INT8 NOT NULL,
    prefetch INT8 NOT NULL,
    other INT8 NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT framing_attempts_pkey PRIMARY KEY (origin)
);
CREATE INDEX IF NOT EXISTS framing_attempts_delete_expired ON framing_attempts (expires_at);

COMMENT ON TABLE framing_attempts IS 'Refused attempts to load our pages in a frame or ahead of time, counted by embedding origin. The number of rows is limited.';
COMMENT ON COLUMN framing_attempts.origin IS 'The scheme, host and port of the embedding page as the browser reported them; "unknown"; or "(others)" beyond the limit.';
COMMENT ON COLUMN framing_attempts.attempts IS 'All refused attempts of the origin.';
COMMENT ON COLUMN framing_attempts.cross_site IS 'Attempts that the browser marked as cross-site.';
COMMENT ON COLUMN framing_attempts.same_site IS 'Attempts from another host of our own site.';
COMMENT ON COLUMN framing_attempts.iframe IS 'Loads into an iframe element.';
COMMENT ON COLUMN framing_attempts.frame IS 'Loads into a frame of a frameset.';
COMMENT ON COLUMN framing_attempts.object IS 'Loads into an object element.';
COMMENT ON COLUMN framing_attempts.embed IS 'Loads into an embed element.';
COMMENT ON COLUMN framing_attempts.post_from_frame IS 'Forms sent into a frame or from inside one.';
COMMENT ON COLUMN framing_attempts.prefetch IS 'Prefetches and prerenders.';
COMMENT ON COLUMN framing_attempts.other IS 'Loads into any other destination.';
COMMENT ON COLUMN framing_attempts.first_seen_at IS 'The time of the first recorded attempt.';
COMMENT ON COLUMN framing_attempts.last_seen_at IS 'The time of the last recorded attempt.';
COMMENT ON COLUMN framing_attempts.expires_at IS 'The time at which the row is deleted. Each new attempt moves it ahead.';
