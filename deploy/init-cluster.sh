#!/bin/sh
# Initialises the cluster once, then makes the database and the SQL user of unframed. Runs inside the CockroachDB image
# (service "init" of compose.yaml); running it again changes nothing.
set -eu

nodes=${NODES:?names of the nodes, separated by spaces}
first=${nodes%% *}
certs=/certs

answers() { cockroach sql --certs-dir="$certs" --host="$1:26257" --execute="SELECT 1" >/dev/null 2>&1; }

tries=0
until answers "$first"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ]; then
        echo "init-cluster.sh: $first gives no answer to SQL after 60 tries; its own words:" >&2
        cockroach sql --certs-dir="$certs" --host="$first:26257" --execute="SELECT 1" >&2 || true
        exit 1
    fi
    # Fails while the node is starting and once the cluster is initialised; both are settled by the next try.
    cockroach init --certs-dir="$certs" --host="$first:26257" >/dev/null 2>&1 || true
    sleep 1
done

for node in $nodes; do
    tries=0
    until answers "$node"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 60 ]; then
            echo "init-cluster.sh: $node gives no answer to SQL after 60 tries" >&2
            exit 1
        fi
        sleep 1
    done
done

# The user has no password: it signs in by its client certificate alone.
cockroach sql --certs-dir="$certs" --host="$first:26257" \
    --execute="CREATE DATABASE IF NOT EXISTS unframed" \
    --execute="CREATE USER IF NOT EXISTS unframed" \
    --execute="ALTER DATABASE unframed OWNER TO unframed" \
    --execute="GRANT CREATE ON SCHEMA unframed.public TO unframed"
echo "cluster ready: database unframed, user unframed"
