ALTER TABLE users ADD COLUMN IF NOT EXISTS short_password BOOL NOT NULL DEFAULT false;

COMMENT ON COLUMN users.short_password IS 'Whether the password has fewer than the 15 characters that an account without a second factor needs.';
