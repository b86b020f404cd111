ALTER TABLE users DROP COLUMN IF EXISTS short_password;
