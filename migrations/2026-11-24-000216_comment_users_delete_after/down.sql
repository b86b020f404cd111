COMMENT ON COLUMN users.delete_after IS NULL;
