ALTER TABLE users DROP COLUMN IF EXISTS last_undo_number;
