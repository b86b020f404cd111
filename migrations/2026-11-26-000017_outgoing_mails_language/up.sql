ALTER TABLE outgoing_mails ADD COLUMN IF NOT EXISTS language TEXT NOT NULL DEFAULT 'en';

COMMENT ON COLUMN outgoing_mails.language IS 'The language tag of the text.';
