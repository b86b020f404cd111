ALTER TABLE users ADD COLUMN IF NOT EXISTS last_undo_number BIGINT NOT NULL DEFAULT 0;

COMMENT ON COLUMN users.last_undo_number IS 'The number of the account''s last undo link. Numbers only grow, though links are deleted.';
