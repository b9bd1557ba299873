#!/usr/bin/env sh
# Writes the secrets that docker-compose.yml asks for into .env: those that are missing, so that it may run at any time.
# ./stack/compose/make-env.sh
set -eu
umask 077
cd "$(dirname "$0")/../.."

fail() {
  echo "make-env.sh: $1; .env is as it was" >&2
  exit 1
}
command -v openssl > /dev/null || fail 'openssl is missing: install OpenSSL 1.1.1 or newer'
password() { openssl rand -hex 16; }
# One line: the gateway reads \n as a line's end.
ed25519_key() { openssl genpkey -algorithm ed25519 | awk '{ printf "%s\\n", $0 }'; }

new=$(mktemp .env.XXXXXX)
trap 'rm -f "$new"' EXIT
[ ! -e .env ] || cat .env > "$new"
# A file that was edited by hand may end in the middle of a line.
[ -z "$(tail -c 1 "$new")" ] || echo >> "$new"

# put NAME MAKE FORM: makes the value unless it is there, and checks it: a pipe hides that its first program failed.
put() {
  grep -Eq "^$1=." "$new" && return
  value=$("$2") || fail "openssl could not make $1"
  printf '%s\n' "$value" | grep -Eq "$3" || fail "openssl made no $1: it must be OpenSSL 1.1.1 or newer"
  printf '%s\n' "$1=$value" >> "$new"
}
for name in ORDER_DATABASE INVENTORY_DATABASE PAYMENT_DATABASE CUSTOMER_DATABASE TEMPORAL_DATABASE AUDITOR VALKEY STAFF DEMO; do
  put "${name}_PASSWORD" password '^[0-9a-f]{32}$'
done
put TOKEN_PRIVATE_KEY ed25519_key '^-----BEGIN PRIVATE KEY-----\\n.{60,}\\n-----END PRIVATE KEY-----\\n$'

if [ -e .env ] && cmp -s .env "$new"; then
  echo '.env has every secret already: nothing is changed' >&2
else
  mv "$new" .env
  echo 'wrote .env: sign in as staff "ann" with its STAFF_PASSWORD, as customer "17850" with its DEMO_PASSWORD'
fi
