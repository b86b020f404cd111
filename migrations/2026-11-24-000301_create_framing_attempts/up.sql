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
