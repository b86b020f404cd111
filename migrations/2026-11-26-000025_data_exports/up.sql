CREATE TABLE IF NOT EXISTS data_exports (
    token_digest BYTEA NOT NULL,
    user_id UUID NOT NULL,
    session_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT data_exports_pkey PRIMARY KEY (token_digest)
);
CREATE INDEX IF NOT EXISTS data_exports_find_ready ON data_exports (user_id);
CREATE INDEX IF NOT EXISTS data_exports_delete_expired ON data_exports (expires_at);

COMMENT ON TABLE data_exports IS 'Confirmed exports of an account that can be downloaded.';
COMMENT ON COLUMN data_exports.token_digest IS 'The SHA-256 digest of the token in the download''s URL. The token itself is not stored.';
COMMENT ON COLUMN data_exports.user_id IS 'The account whose data can be downloaded.';
COMMENT ON COLUMN data_exports.session_id IS 'The session that confirmed the export. Only this session can download it.';
COMMENT ON COLUMN data_exports.created_at IS 'The time at which the export was confirmed.';
COMMENT ON COLUMN data_exports.expires_at IS 'The time from which it can no longer be downloaded.';
