DROP INDEX IF EXISTS outgoing_mails_delete_expired;
