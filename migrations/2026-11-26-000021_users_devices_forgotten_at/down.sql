ALTER TABLE users DROP COLUMN IF EXISTS devices_forgotten_at;
