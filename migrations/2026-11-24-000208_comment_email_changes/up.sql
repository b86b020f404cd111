COMMENT ON TABLE email_changes IS 'New addresses that wait to be proven by the link that was mailed to them.';
COMMENT ON COLUMN email_changes.token_digest IS 'SHA-256 of the token in the mailed link; the token itself is not stored.';
COMMENT ON COLUMN email_changes.user_id IS 'Whose address changes.';
COMMENT ON COLUMN email_changes.old_email IS 'The address when the change was confirmed by password; it must still be the account''s.';
COMMENT ON COLUMN email_changes.new_email IS 'The address that the link proves: this one and no other.';
COMMENT ON COLUMN email_changes.created_at IS 'When the link was mailed.';
COMMENT ON COLUMN email_changes.expires_at IS 'When the link ends.';
COMMENT ON COLUMN email_changes.confirmed_at IS 'When the new address took effect.';
COMMENT ON COLUMN email_changes.withdrawn_at IS 'When it was stopped, or replaced by a later change.';
