COMMENT ON COLUMN users.delete_after IS 'When the account is deleted, unless its owner keeps it before; NULL for all others.';
