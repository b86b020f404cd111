CREATE INDEX IF NOT EXISTS outgoing_mails_export ON outgoing_mails (recipient, id);
