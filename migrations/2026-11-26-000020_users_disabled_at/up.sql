ALTER TABLE users ADD COLUMN IF NOT EXISTS disabled_at TIMESTAMPTZ;

COMMENT ON COLUMN users.disabled_at IS 'The time at which an operator disabled the account. Nobody can sign in to it until it is enabled.';
