#!/bin/sh
# Creates the database's certificates with `cockroach cert`. Runs inside the CockroachDB image (service "certs" of
# compose.yaml) and writes to volumes, so that each container sees only its own key:
#   /ca               ca.crt, ca.key        mounted by this step only
#   /node/<name>      ca.crt, node.crt, node.key
#   /client/root      ca.crt, client.root.crt, client.root.key           the cluster's administrator
#   /client/unframed  ca.crt, client.unframed.crt, client.unframed.key   owned by the user that unframed runs as
# It keeps complete pairs, so running it again changes nothing.
set -eu
umask 077

nodes=${NODES:?names of the nodes, separated by spaces}
app_uid=${APP_UID:?numeric user id that unframed runs as}
# In the container the folders above are at the root of the file system; a test may put them elsewhere.
base=${CERTS_BASE:-}

has_pair() { [ -s "$1.crt" ] && [ -s "$1.key" ]; }

if has_pair "$base/ca/ca"; then
    echo "kept  certificate authority"
elif [ -s "$base/ca/ca.crt" ] || [ -s "$base/ca/ca.key" ]; then
    echo "make-certs.sh: the authority is incomplete (one of ca.crt, ca.key); restore the missing file," >&2
    echo "or remove both, and every certificate that they signed" >&2
    exit 1
else
    cockroach cert create-ca --certs-dir="$base/ca" --ca-key="$base/ca/ca.key" --lifetime=87600h
    echo "made  certificate authority"
fi

# issue DIRECTORY PAIR KIND NAME...   (KIND: node or client)
issue() {
    dir=$1 pair=$2 kind=$3
    shift 3
    if has_pair "$dir/$pair"; then
        echo "kept  $pair in $dir"
        return
    fi
    cp "$base/ca/ca.crt" "$dir/ca.crt"
    cockroach cert "create-$kind" "$@" --certs-dir="$dir" --ca-key="$base/ca/ca.key" --lifetime=8760h --overwrite
    echo "made  $pair in $dir"
}

for node in $nodes; do
    # Clients connect to these names, and verify-full compares them with the certificate.
    issue "$base/node/$node" node node "$node" localhost 127.0.0.1
done
issue "$base/client/root" client.root client root
issue "$base/client/unframed" client.unframed client unframed

# unframed does not run as root: give it its three files, readable only by its user.
chown "$app_uid:$app_uid" "$base/client/unframed" "$base"/client/unframed/ca.crt "$base"/client/unframed/client.unframed.*
chmod 0500 "$base/client/unframed"
chmod 0400 "$base"/client/unframed/ca.crt "$base"/client/unframed/client.unframed.*
