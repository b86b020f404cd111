DROP INDEX IF EXISTS violation_reports_delete_expired;
