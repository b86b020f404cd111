COMMENT ON TABLE violation_reports IS 'What browsers reported against our Content-Security-Policy, counted; anybody can send such reports.';
COMMENT ON COLUMN violation_reports.directive IS 'The directive that was violated, or "(other)".';
COMMENT ON COLUMN violation_reports.page IS 'The pattern of the route that was violated, "(not told)" or "(other)"; never the address itself, which may hold a secret.';
COMMENT ON COLUMN violation_reports.reports IS 'How many came.';
COMMENT ON COLUMN violation_reports.first_seen_at IS 'When the first of them was written down.';
COMMENT ON COLUMN violation_reports.last_seen_at IS 'When the last of them was written down.';
COMMENT ON COLUMN violation_reports.expires_at IS 'When the row is forgotten, unless another report comes before.';
