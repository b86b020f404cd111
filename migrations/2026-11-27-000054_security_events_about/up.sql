ALTER TABLE security_events ADD COLUMN IF NOT EXISTS about TEXT;
COMMENT ON COLUMN security_events.about IS 'What the event is about, such as the name of an application. NULL: the kind says it all.';
