ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL;

COMMENT ON COLUMN users.password_hash IS 'argon2id in PHC string format, or the hash of another system until the first sign-in. NULL: no password opens the account until its owner chooses one by a mailed link.';
