DROP INDEX IF EXISTS sign_ups_export;
