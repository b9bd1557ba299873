#!/usr/bin/env bash
# Runs once, when a Postgres container has no data yet: the role and the databases of its one service, and the auditor,
# who may read. The same as stack/servers/databases.ts. OWNER, DATABASES, POSTGRES_PASSWORD and AUDITOR_PASSWORD come from
# docker-compose.yml. The image gives POSTGRES_PASSWORD to the superuser; here it becomes the owner's, who is none.
set -euo pipefail

sql() { psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --quiet "$@"; }

sql --set password="$POSTGRES_PASSWORD" <<SQL
  create role "$OWNER" login password :'password';
SQL
if [ -n "${AUDITOR_PASSWORD:-}" ]; then
  sql --set password="$AUDITOR_PASSWORD" <<SQL
    create role auditor login password :'password';
    alter role auditor set default_transaction_read_only = on;
    grant pg_read_all_data to auditor;
SQL
fi
for database in $DATABASES; do
  sql <<SQL
    create database "$database" owner "$OWNER";
    revoke connect on database "$database" from public;
    grant connect on database "$database" to "$OWNER" ${AUDITOR_PASSWORD:+, auditor};
SQL
done
# The superuser signs in by the socket in the container, and by no network.
sql --command "alter role \"$POSTGRES_USER\" password null"
