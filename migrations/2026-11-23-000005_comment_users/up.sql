COMMENT ON TABLE users IS 'One row for each account.';
COMMENT ON COLUMN users.id IS 'The account, in URLs and logs.';
COMMENT ON COLUMN users.email IS 'The address in its one normal form: trimmed, lower case, the domain in ASCII (IDNA).';
COMMENT ON COLUMN users.display_name IS 'What the account is called on its pages.';
COMMENT ON COLUMN users.password_hash IS 'argon2id in PHC string format.';
COMMENT ON COLUMN users.created_at IS 'When the account was made.';
COMMENT ON COLUMN users.updated_at IS 'When the row last changed; set by the application.';
