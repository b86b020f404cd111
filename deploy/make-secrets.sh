#!/bin/sh
# Creates, once, the files that compose.yaml needs and git must never hold:
#   secrets.env             the SECRET_KEY that both unframed instances share
#   tls/proxy.crt, .key     a self-signed certificate for the proxy, for account.localhost
# Keeps existing files; to replace one, delete it first. Needs openssl.
set -eu
umask 077
cd "$(dirname "$0")"

name=account.localhost

command -v openssl >/dev/null || {
    echo "make-secrets.sh: openssl is missing (on Debian: apt-get install openssl)" >&2
    exit 1
}

if [ -s secrets.env ]; then
    echo "kept  secrets.env"
else
    key=$(openssl rand -base64 32)
    printf 'SECRET_KEY=%s\n' "$key" >secrets.env.new
    mv secrets.env.new secrets.env
    echo "made  secrets.env"
fi

if [ -s tls/proxy.crt ] && [ -s tls/proxy.key ]; then
    echo "kept  tls/proxy.crt, tls/proxy.key"
else
    mkdir -p tls
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -days 90 -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \
        -addext "basicConstraints=critical,CA:FALSE" -addext "extendedKeyUsage=serverAuth" \
        -keyout tls/proxy.key.new -out tls/proxy.crt.new 2>/dev/null
    mv tls/proxy.key.new tls/proxy.key
    mv tls/proxy.crt.new tls/proxy.crt
    echo "made  tls/proxy.crt, tls/proxy.key (self-signed, 90 days, for $name)"
fi
