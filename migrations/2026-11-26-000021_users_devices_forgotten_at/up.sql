ALTER TABLE users ADD COLUMN IF NOT EXISTS devices_forgotten_at TIMESTAMPTZ;

COMMENT ON COLUMN users.devices_forgotten_at IS 'Browsers that signed in before this time count as new devices. NULL: none are forgotten.';
