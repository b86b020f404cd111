CREATE UNIQUE INDEX IF NOT EXISTS users_find_by_email ON users (email);
