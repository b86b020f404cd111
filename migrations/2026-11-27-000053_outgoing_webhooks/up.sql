CREATE TABLE IF NOT EXISTS outgoing_webhooks (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    application_id UUID NOT NULL,
    url TEXT NOT NULL,
    receipt TEXT NOT NULL,
    attempts INT8 NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT outgoing_webhooks_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS outgoing_webhooks_claim_due ON outgoing_webhooks (next_attempt_at);
CREATE INDEX IF NOT EXISTS outgoing_webhooks_delete_expired ON outgoing_webhooks (expires_at);
CREATE INDEX IF NOT EXISTS outgoing_webhooks_delete_of_application ON outgoing_webhooks (application_id);

COMMENT ON TABLE outgoing_webhooks IS 'Receipts on their way to applications. Each is queued in the transaction that decides, and deleted once it was taken.';
COMMENT ON COLUMN outgoing_webhooks.id IS 'Identifies the message, also when it is sent again.';
COMMENT ON COLUMN outgoing_webhooks.application_id IS 'The application that gets it.';
COMMENT ON COLUMN outgoing_webhooks.url IS 'Where it is sent.';
COMMENT ON COLUMN outgoing_webhooks.receipt IS 'The receipt: a compact JWS.';
COMMENT ON COLUMN outgoing_webhooks.attempts IS 'The number of attempts to send it so far.';
COMMENT ON COLUMN outgoing_webhooks.next_attempt_at IS 'The earliest time of the next attempt. Each claim moves it ahead.';
COMMENT ON COLUMN outgoing_webhooks.created_at IS 'The time at which it was queued.';
COMMENT ON COLUMN outgoing_webhooks.expires_at IS 'The time at which it is given up and deleted.';
