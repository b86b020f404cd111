ALTER TABLE users DROP COLUMN IF EXISTS second_factor_since;
