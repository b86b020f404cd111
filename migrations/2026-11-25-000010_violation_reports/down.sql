DROP TABLE IF EXISTS violation_reports;
