CREATE TABLE IF NOT EXISTS signing_keys (
    kid TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    sealed_private_key BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    retired_at TIMESTAMPTZ,
    delete_at TIMESTAMPTZ,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (kid)
);
CREATE INDEX IF NOT EXISTS signing_keys_delete_expired ON signing_keys (delete_at);

COMMENT ON TABLE signing_keys IS 'The keys that sign receipts (Ed25519). One signs, and former ones are published for 30 more days.';
COMMENT ON COLUMN signing_keys.kid IS 'Identifies the key in receipts and in the JWKS: the JWK thumbprint (RFC 7638) of the public key.';
COMMENT ON COLUMN signing_keys.public_key IS 'The public key: 32 bytes.';
COMMENT ON COLUMN signing_keys.sealed_private_key IS 'The private key (PKCS #8), encrypted with a key derived from SECRET_KEY.';
COMMENT ON COLUMN signing_keys.created_at IS 'The time from which the key signs.';
COMMENT ON COLUMN signing_keys.retired_at IS 'The time from which another key signs. NULL: this key signs.';
COMMENT ON COLUMN signing_keys.delete_at IS 'The time from which the key is no longer published and may be deleted. NULL: this key signs.';
