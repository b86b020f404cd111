COMMENT ON COLUMN undo_links.used_at IS 'When it was used, or made void: by another link, or by keeping the account.';
