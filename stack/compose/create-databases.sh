#!/usr/bin/env bash
# Runs once, when the Postgres container has no data yet. The same as stack/databases.ts, with passwords for a
# server that only this machine can reach.
set -euo pipefail

sql() { psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --quiet "$@"; }

database() { # name owner
  sql <<SQL
    create database "$1" owner "$2";
    revoke connect on database "$1" from public;
    grant connect on database "$1" to "$2";
SQL
}

sql <<SQL
  create role auditor login password 'auditor';
  alter role auditor set default_transaction_read_only = on;
  grant pg_read_all_data to auditor;
  create role temporal login password 'temporal';
SQL
for service in order inventory payment customer; do
  sql --command "create role \"$service\" login password '$service'"
  database "$service" "$service"
  sql --command "grant connect on database \"$service\" to auditor"
done
database temporal temporal
database temporal_visibility temporal
