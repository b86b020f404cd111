ALTER TABLE sessions ADD COLUMN IF NOT EXISTS remembered BOOL NOT NULL DEFAULT false;

COMMENT ON COLUMN sessions.remembered IS 'Whether the user chose to stay signed in on this device, so that the session outlives the browser''s.';
