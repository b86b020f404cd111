# The two commands: `make run` and `make test`. Both set up what they need.
.PHONY: run test test-attacks test-cockroach check schema screenshots attack-demo

# Serves http://localhost:8080 with a private database in .local/. Ctrl-C stops both.
run:
	@tools/install run
	@cargo build --locked --bin unframed
	@exec target/debug/unframed local

# Runs the whole suite on a private PostgreSQL (or on TEST_DATABASE_URL).
test:
	@tools/install test
	cargo test --locked

# Runs every attack on every page in a real browser; `make test` runs a part that covers each pair.
test-attacks:
	@tools/install test
	TEST_ATTACKS=full cargo test --locked --test suite browser::

# Runs the same suite on a CockroachDB in a container (COCKROACH_IMAGE chooses the image).
test-cockroach:
	@tools/install test
	cargo build --locked --package cockroach-in-container
	target/debug/cockroach-in-container

# Runs every check that a change must pass.
check:
	.ci/run

# Generates src/schema.rs from the migrations (needs the diesel command line).
schema:
	@tools/schema > src/schema.rs.new
	@mv src/schema.rs.new src/schema.rs

# Takes docs/screenshots/ from a running `make run`.
screenshots:
	tools/screenshot.py http://localhost:8080 settings --widths 1280 --schemes light --out docs/screenshots

# Serves the attacks, to try by hand beside a running `make run`: http://localhost:8666 explains each.
attack-demo:
	cargo run --locked --example attack-demo
