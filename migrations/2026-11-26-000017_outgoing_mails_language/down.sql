ALTER TABLE outgoing_mails DROP COLUMN IF EXISTS language;
