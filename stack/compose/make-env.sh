#!/usr/bin/env sh
# Writes the secrets that docker-compose.yml asks for into .env, once: ./stack/compose/make-env.sh
set -eu
umask 077
cd "$(dirname "$0")/../.."
[ -e .env ] && { echo '.env is there already: nothing is changed' >&2; exit 1; }
secret() { openssl rand -hex 16; }
{
  echo "DATABASE_PASSWORD=$(secret)"
  echo "AUDITOR_PASSWORD=$(secret)"
  echo "STAFF_PASSWORD=$(secret)"
  echo "DEMO_PASSWORD=$(secret)"
  # One line: the gateway reads \n as a line's end. Some shells' echo does, too.
  printf '%s\n' "TOKEN_PRIVATE_KEY=$(openssl genpkey -algorithm ed25519 | awk '{ printf "%s\\n", $0 }')"
} > .env
echo 'wrote .env: sign in as staff "ann" with its STAFF_PASSWORD, as customer "17850" with its DEMO_PASSWORD'
