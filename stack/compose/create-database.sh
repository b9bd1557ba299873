#!/usr/bin/env bash
# Runs once, when a Postgres container has no data yet: the role and the databases of its one service, and the auditor,
# who may read. The same as stack/databases.ts. OWNER, DATABASES and PASSWORD come from docker-compose.yml.
set -euo pipefail

sql() { psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --quiet "$@"; }

sql --set password="$PASSWORD" --set auditor="${AUDITOR_PASSWORD:-}" <<SQL
  create role "$OWNER" login password :'password';
  create role auditor login password :'auditor';
  alter role auditor set default_transaction_read_only = on;
  grant pg_read_all_data to auditor;
SQL
for database in $DATABASES; do
  sql <<SQL
    create database "$database" owner "$OWNER";
    revoke connect on database "$database" from public;
    grant connect on database "$database" to "$OWNER", auditor;
SQL
done
