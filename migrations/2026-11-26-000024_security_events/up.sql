CREATE TABLE IF NOT EXISTS security_events (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL,
    kind TEXT NOT NULL,
    user_agent TEXT,
    client_address TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT security_events_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS security_events_list ON security_events (user_id, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS security_events_export ON security_events (user_id, id);
CREATE INDEX IF NOT EXISTS security_events_delete_expired ON security_events (expires_at);

COMMENT ON TABLE security_events IS 'What happened with each account, for its owner. Each row is written in the transaction that makes it true.';
COMMENT ON COLUMN security_events.id IS 'Identifies the event.';
COMMENT ON COLUMN security_events.user_id IS 'The account. A made-up one for a wrong password where no account had the email address.';
COMMENT ON COLUMN security_events.kind IS 'The kind of event, such as signed-in.';
COMMENT ON COLUMN security_events.user_agent IS 'The User-Agent that the browser sent. NULL: an operator did it.';
COMMENT ON COLUMN security_events.client_address IS 'The client''s IP address. NULL: an operator did it.';
COMMENT ON COLUMN security_events.created_at IS 'The time of the event.';
COMMENT ON COLUMN security_events.expires_at IS 'The time from which the row may be deleted.';
