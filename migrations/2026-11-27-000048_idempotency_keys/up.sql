CREATE TABLE IF NOT EXISTS idempotency_keys (
    caller_id UUID NOT NULL,
    key_digest BYTEA NOT NULL,
    request_digest BYTEA NOT NULL,
    status BIGINT NOT NULL,
    location TEXT,
    body TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller_id, key_digest)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_delete_expired ON idempotency_keys (expires_at);

COMMENT ON TABLE idempotency_keys IS 'Answers of the API to requests with an Idempotency-Key, so that a repeated request is answered and not carried out again.';
COMMENT ON COLUMN idempotency_keys.caller_id IS 'The application or the access token that sent the request.';
COMMENT ON COLUMN idempotency_keys.key_digest IS 'The SHA-256 digest of the key.';
COMMENT ON COLUMN idempotency_keys.request_digest IS 'The SHA-256 digest of the request. Another request with the same key is refused.';
COMMENT ON COLUMN idempotency_keys.status IS 'The status of the answer. 0: the request is being carried out, in the transaction that wrote the row.';
COMMENT ON COLUMN idempotency_keys.location IS 'The header Location of the answer.';
COMMENT ON COLUMN idempotency_keys.body IS 'The JSON of the answer.';
COMMENT ON COLUMN idempotency_keys.created_at IS 'The time of the request.';
COMMENT ON COLUMN idempotency_keys.expires_at IS 'The time from which the key can be used again.';
