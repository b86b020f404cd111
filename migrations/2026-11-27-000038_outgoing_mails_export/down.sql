DROP INDEX IF EXISTS outgoing_mails_export;
