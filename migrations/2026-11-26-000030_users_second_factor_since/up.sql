ALTER TABLE users ADD COLUMN IF NOT EXISTS second_factor_since TIMESTAMPTZ;

COMMENT ON COLUMN users.second_factor_since IS 'The time from which a sign-in needs a second factor. NULL: the account has none.';
