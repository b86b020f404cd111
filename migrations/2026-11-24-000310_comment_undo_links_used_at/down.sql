COMMENT ON COLUMN undo_links.used_at IS 'When it was used, or made void by the use of an earlier one.';
