ALTER TABLE users ADD COLUMN IF NOT EXISTS factors_reset_after TIMESTAMPTZ;

COMMENT ON COLUMN users.factors_reset_after IS 'The time from which all second factors are removed, at the request of an operator. NULL: no removal waits.';
