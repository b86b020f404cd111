ALTER TABLE users DROP COLUMN IF EXISTS factors_reset_after;
