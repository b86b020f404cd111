CREATE TABLE IF NOT EXISTS outgoing_mails (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    sealed_body BYTEA NOT NULL,
    attempts INT8 NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT outgoing_mails_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS outgoing_mails_claim_due ON outgoing_mails (next_attempt_at);
CREATE INDEX IF NOT EXISTS outgoing_mails_delete_expired ON outgoing_mails (expires_at);

COMMENT ON TABLE outgoing_mails IS 'The outbox. A mail is queued in the transaction that it reports, sent after that, and deleted once sent.';
COMMENT ON COLUMN outgoing_mails.id IS 'Identifies the mail. It is also the Message-ID, so that mail programs recognise a mail that is sent twice.';
COMMENT ON COLUMN outgoing_mails.recipient IS 'The recipient''s email address in its normal form.';
COMMENT ON COLUMN outgoing_mails.subject IS 'The Subject header.';
COMMENT ON COLUMN outgoing_mails.sealed_body IS 'The plain text, encrypted with a key derived from SECRET_KEY, because its link gives access to an account.';
COMMENT ON COLUMN outgoing_mails.attempts IS 'The number of attempts to send it so far.';
COMMENT ON COLUMN outgoing_mails.next_attempt_at IS 'The earliest time of the next attempt. Each claim moves it ahead.';
COMMENT ON COLUMN outgoing_mails.created_at IS 'The time at which the mail was queued.';
COMMENT ON COLUMN outgoing_mails.expires_at IS 'The time at which an unsent mail is given up and deleted.';
