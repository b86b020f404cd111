DROP TABLE IF EXISTS outgoing_mails;
