ALTER TABLE security_events DROP COLUMN IF EXISTS about;
