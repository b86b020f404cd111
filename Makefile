# The two commands: `make run` and `make test`. Both set up what they need.
.PHONY: run payroll test test-attacks test-cockroach test-containers fuzz bench growth stress soak check schema screenshots attack-demo deb licences sbom

# Serves http://localhost:8080 with a private database in .local/. Ctrl-C stops both. It reads templates, static files and
# texts from the sources (ASSETS_DIR), so an edited one needs a restart and no build.
run:
	@tools/install run
	@cargo build --locked --bin unframed
	@ASSETS_DIR=. exec target/debug/unframed local

# Serves http://localhost:8090 beside a running `make run`: an application that asks for confirmations (examples/payroll).
payroll:
	@tools/install run
	@cargo build --locked --bin unframed
	@cargo build --locked --package payroll
	@exec examples/payroll/run

# Runs the whole suite on a private PostgreSQL (or on TEST_DATABASE_URL).
test:
	@tools/install test
	cargo test --locked

# Runs every attack on every page in a real browser; `make test` runs a part that covers each pair.
test-attacks:
	@tools/install test
	TEST_ATTACKS=full cargo test --locked --test suite browser::

# Runs the same suite on a CockroachDB in a container (COCKROACH_IMAGE chooses the image). ARGS are those of `cargo test`:
# make test-cockroach ARGS='--test suite -- db::'
test-cockroach:
	@tools/install test
	cargo build --locked --package cockroach-in-container
	target/debug/cockroach-in-container $(ARGS)

# Builds the image and runs it (IMAGE, BINARY: deploy/test-image), then tests test-cockroach itself on a stand-in. Skipped
# where no Docker engine can be started.
test-containers:
	@tools/install containers
	cargo build --locked --bin unframed
	cargo build --locked --package cockroach-in-container
	tools/with-docker deploy/test-image
	tools/with-docker tests/cockroach/test-on-stand-in

# Fuzzes the parsers, each for FUZZ_SECONDS (default 300), up to the first finding. Needs a nightly toolchain.
fuzz:
	tools/fuzz

# A release build of the program and of what measures it.
BENCHES = cargo build --locked --release --package unframed --package unframed-benches

# Compares a release build with a bare server, in seven minutes. Writes docs/performance.svg.
bench:
	@tools/install bench
	$(BENCHES)
	target/release/unframed-benches ratios

# Compares the settings page on a database with a million accounts with the same on one with a thousand. Leave 6 GB free in
# the folder for temporary files: the large one took 3.8 GB while it was being filled.
growth:
	@tools/install bench
	$(BENCHES)
	target/release/unframed-benches growth

# Attacks a release build for two minutes and watches it: sign-ins, slow clients, raw bytes.
stress:
	@tools/install bench
	$(BENCHES)
	target/release/unframed-benches stress

# Runs a release build at half of its load for ten minutes (`SOAK_MINUTES`): memory, files and connections must not grow.
soak:
	@tools/install bench
	$(BENCHES)
	target/release/unframed-benches soak --minutes $${SOAK_MINUTES:-10}

# Runs every check that a change must pass.
check:
	.ci/run

# Generates src/schema.rs from the migrations (needs the diesel command line).
schema:
	@tools/schema > src/schema.rs.new
	@mv src/schema.rs.new src/schema.rs

# Takes docs/screenshots/ from a running `make run`, and the moving picture from that and a running `make attack-demo`.
screenshots:
	tools/screenshot.py http://localhost:8080 settings --widths 1280 --schemes light --out docs/screenshots
	tools/moving_picture.py

# Serves the attacks, to try by hand beside a running `make run`: http://localhost:8666 explains each.
attack-demo:
	cargo run --locked --example attack-demo

# The programs that make packages and lists, as `.ci/run` builds its own: without optimization.
TOOL = cargo install --debug --quiet --locked --root target/tools --target-dir target/tools/build

# Builds target/debian/unframed_*.deb: the binary, its unit for systemd, manual pages and completions.
deb:
	cargo build --release --locked --bin unframed
	rm -rf target/dist
	target/release/unframed man target/dist/man
	target/release/unframed completions bash > target/dist/unframed.bash
	target/release/unframed completions zsh > target/dist/_unframed
	target/release/unframed completions fish > target/dist/unframed.fish
	$(TOOL) cargo-deb@3.8.0
	target/tools/bin/cargo-deb --no-build

# Lists the packages that the program is made of, by licence.
licences:
	$(TOOL) cargo-deny@0.20.2
	target/tools/bin/cargo-deny list --layout license

# Writes target/unframed.spdx.json: the packages that the program is made of, as a software bill of materials (SPDX 2.3).
sbom:
	$(TOOL) cargo-sbom@0.10.0
	target/tools/bin/cargo-sbom --cargo-package unframed --output-format spdx_json_2_3 > target/unframed.spdx.json
