DROP INDEX IF EXISTS outgoing_mails_claim_due;
