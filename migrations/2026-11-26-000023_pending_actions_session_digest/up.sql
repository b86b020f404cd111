ALTER TABLE pending_actions ADD COLUMN IF NOT EXISTS session_digest BYTEA;

COMMENT ON COLUMN pending_actions.session_digest IS 'The digest of the cookie''s token when the action began. A sign-in that ends that session takes the action over.';
