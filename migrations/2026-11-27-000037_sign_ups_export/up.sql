CREATE INDEX IF NOT EXISTS sign_ups_export ON sign_ups (email, token_digest);
