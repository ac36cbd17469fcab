#!/bin/sh
# Runs once, when the database is first made: a role for each process; `manage.py database_roles` grants what each may do.
set -eu
secrets=${SECRETS_DIR:-/run/secrets}

for role in migrate web worker vault backup; do
  # The password travels through standard input, not through a process list.
  psql --set ON_ERROR_STOP=1 --username postgres --dbname vigencia <<SQL
CREATE ROLE vigencia_$role LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '$(cat "$secrets/postgres_$role")';
SQL
done

psql --set ON_ERROR_STOP=1 --username postgres --dbname vigencia <<'SQL'
REVOKE ALL ON DATABASE vigencia FROM PUBLIC;
GRANT CONNECT ON DATABASE vigencia TO vigencia_migrate, vigencia_web, vigencia_worker, vigencia_vault, vigencia_backup;
ALTER SCHEMA public OWNER TO vigencia_migrate;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
