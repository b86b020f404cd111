COMMENT ON TABLE leases IS 'Tasks of which only one process may do one at a time; stands in for advisory locks, which CockroachDB lacks.';
COMMENT ON COLUMN leases.name IS 'The task.';
COMMENT ON COLUMN leases.holder IS 'A random number of the process that has the lease.';
COMMENT ON COLUMN leases.expires_at IS 'When another process may take it, unless it is renewed before.';
