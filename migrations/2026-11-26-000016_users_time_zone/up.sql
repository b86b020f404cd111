ALTER TABLE users ADD COLUMN IF NOT EXISTS time_zone TEXT;

COMMENT ON COLUMN users.time_zone IS 'The time zone (IANA) that the user has chosen for pages and emails. NULL for UTC.';
