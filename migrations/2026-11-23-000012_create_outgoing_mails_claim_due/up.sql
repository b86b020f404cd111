CREATE INDEX IF NOT EXISTS outgoing_mails_claim_due ON outgoing_mails (next_attempt_at);
