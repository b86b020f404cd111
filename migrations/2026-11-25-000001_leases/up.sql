CREATE TABLE IF NOT EXISTS leases (
    name TEXT NOT NULL,
    holder UUID NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT leases_pkey PRIMARY KEY (name)
);

COMMENT ON TABLE leases IS 'Tasks that only one process may do at a time. CockroachDB has no advisory locks, so a row stands for each lock.';
COMMENT ON COLUMN leases.name IS 'The task.';
COMMENT ON COLUMN leases.holder IS 'A random number that identifies the process that holds the lease.';
COMMENT ON COLUMN leases.expires_at IS 'The end of the lease. The holder moves it ahead; once it has passed, another process may take the lease.';
