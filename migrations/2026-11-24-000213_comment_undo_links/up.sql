COMMENT ON TABLE undo_links IS 'Links in mails that take a change back.';
COMMENT ON COLUMN undo_links.token_digest IS 'SHA-256 of the token in the mailed link; the token itself is not stored.';
COMMENT ON COLUMN undo_links.user_id IS 'Whose account it restores.';
COMMENT ON COLUMN undo_links.kind IS 'What it takes back.';
COMMENT ON COLUMN undo_links.former_email IS 'The address that it restores; no other account can have it while the link lives.';
COMMENT ON COLUMN undo_links.created_at IS 'When it was mailed.';
COMMENT ON COLUMN undo_links.expires_at IS 'When it ends.';
COMMENT ON COLUMN undo_links.used_at IS 'When it was used, or made void by the use of an earlier one.';
