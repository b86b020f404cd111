COMMENT ON COLUMN users.card_enabled IS 'Whether anybody may see the public card at /card/{id}; its owner switches it on.';
