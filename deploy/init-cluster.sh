#!/bin/sh
# Initialises the cluster once, then creates unframed's database and SQL user. Runs inside the CockroachDB image
# (service "init" of compose.yaml). Running it again changes nothing.
set -eu

nodes=${NODES:?names of the nodes, separated by spaces}
first=${nodes%% *}
certs=/certs

answers() { cockroach sql --certs-dir="$certs" --host="$1:26257" --execute="SELECT 1" >/dev/null 2>&1; }

attempts=0
until answers "$first"; do
    attempts=$((attempts + 1))
    if [ "$attempts" -gt 60 ]; then
        echo "init-cluster.sh: $first does not answer SQL after 60 attempts; its error:" >&2
        cockroach sql --certs-dir="$certs" --host="$first:26257" --execute="SELECT 1" >&2 || true
        exit 1
    fi
    # Fails while the node is starting, and once the cluster is initialised; the next attempt covers both.
    cockroach init --certs-dir="$certs" --host="$first:26257" >/dev/null 2>&1 || true
    sleep 1
done

for node in $nodes; do
    attempts=0
    until answers "$node"; do
        attempts=$((attempts + 1))
        if [ "$attempts" -gt 60 ]; then
            echo "init-cluster.sh: $node does not answer SQL after 60 attempts" >&2
            exit 1
        fi
        sleep 1
    done
done

# The user has no password: it signs in with its client certificate only.
cockroach sql --certs-dir="$certs" --host="$first:26257" \
    --execute="CREATE DATABASE IF NOT EXISTS unframed" \
    --execute="CREATE USER IF NOT EXISTS unframed" \
    --execute="ALTER DATABASE unframed OWNER TO unframed" \
    --execute="GRANT CREATE ON SCHEMA unframed.public TO unframed"
echo "cluster ready: database unframed, user unframed"
