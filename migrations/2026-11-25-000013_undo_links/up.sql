CREATE TABLE IF NOT EXISTS undo_links (
    token_digest BYTEA NOT NULL,
    user_id UUID NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    reserved_email TEXT,
    number INT8 NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CONSTRAINT undo_links_pkey PRIMARY KEY (token_digest)
);
CREATE INDEX IF NOT EXISTS undo_links_void ON undo_links (user_id);
CREATE INDEX IF NOT EXISTS undo_links_reserves ON undo_links (reserved_email);
CREATE INDEX IF NOT EXISTS undo_links_delete_expired ON undo_links (expires_at);

COMMENT ON TABLE undo_links IS 'Undo links: links in mails that reverse a sensitive change.';
COMMENT ON COLUMN undo_links.token_digest IS 'The SHA-256 digest of the token in the mailed link. The token itself is not stored.';
COMMENT ON COLUMN undo_links.user_id IS 'The account that the link restores.';
COMMENT ON COLUMN undo_links.kind IS 'The kind of undo.';
COMMENT ON COLUMN undo_links.payload IS 'The undo as JSON, parsed by kind.';
COMMENT ON COLUMN undo_links.reserved_email IS 'The email address that no other account may take while the link lives. NULL if the undo needs none.';
COMMENT ON COLUMN undo_links.number IS 'The order of the changes of one account: a later link has a higher number. Times of different instances cannot be compared.';
COMMENT ON COLUMN undo_links.created_at IS 'The time at which the link was queued.';
COMMENT ON COLUMN undo_links.expires_at IS 'The time from which the link no longer works.';
COMMENT ON COLUMN undo_links.used_at IS 'The time at which the link was used, or made void by another link or by keeping the account.';
