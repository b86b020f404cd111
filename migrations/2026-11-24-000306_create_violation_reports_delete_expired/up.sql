CREATE INDEX IF NOT EXISTS violation_reports_delete_expired ON violation_reports (expires_at);
