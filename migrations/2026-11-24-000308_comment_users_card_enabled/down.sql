COMMENT ON COLUMN users.card_enabled IS NULL;
