ALTER TABLE users ADD COLUMN IF NOT EXISTS language TEXT;

COMMENT ON COLUMN users.language IS 'The language tag that the user has chosen for pages and emails. NULL for the one that the browser asks for.';
