COMMENT ON TABLE throttles IS 'How often something limited was tried, shared by all instances.';
COMMENT ON COLUMN throttles.bucket IS 'HMAC-SHA-256 of what is limited, for whom and from where; no personal data.';
COMMENT ON COLUMN throttles.attempts IS 'Tries in the present window.';
COMMENT ON COLUMN throttles.expires_at IS 'When the window ends and counting starts anew.';
