CREATE TABLE IF NOT EXISTS undo_links (
    token_digest BYTEA NOT NULL,
    user_id UUID NOT NULL,
    kind TEXT NOT NULL,
    former_email TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CONSTRAINT undo_links_pkey PRIMARY KEY (token_digest),
    CONSTRAINT undo_links_kind CHECK ((kind = 'change_email' AND former_email IS NOT NULL) OR (kind = 'delete_account' AND former_email IS NULL))
);
