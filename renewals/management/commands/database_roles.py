"""Which SQL gives each process of a production exactly the privileges it needs? Prints it, or runs it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from renewals.desk.database_roles import READER, ROLES, TABLES, reading_statements, statements

HELP = """Escribe el SQL que deja a cada proceso (web, worker, vault) con los permisos mínimos en PostgreSQL, o lo
ejecuta con --apply como dueño de las tablas (el rol que migra). Los roles deben existir; repetirlo no cambia nada."""


class Command(BaseCommand):
    """Print or apply the privileges of the database's roles."""

    help = HELP
    # It runs as the role that migrates, which is told nothing but the database.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to run it, and how the roles are called."""
        parser.add_argument("--apply", action="store_true", help="ejecuta el SQL en una sola transacción")
        parser.add_argument("--prefix", default="vigencia_", help="los roles se llaman PREFIJOweb, PREFIJOworker…")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print or run.

        Raises:
            CommandError: not PostgreSQL, or a table that nobody is granted anything on.
        """
        if connection.vendor != "postgresql":
            raise CommandError("Los roles son de PostgreSQL; esta base de datos no lo es.")
        tables = connection.introspection.table_names()
        unknown = sorted(set(tables) - set(TABLES))
        if unknown:
            raise CommandError(f"Nadie tiene permisos sobre: {', '.join(unknown)}. Agrégalas a desk/database_roles.py.")
        sql = statements(tables=tables, names={role: f"{options['prefix']}{role}" for role in ROLES})
        reader = f"{options['prefix']}{READER}"
        if _exists(reader):
            sql += reading_statements(tables=tables, name=reader)
        if not options["apply"]:
            self.stdout.write("".join(f"{one};\n" for one in sql))
            return
        with transaction.atomic(), connection.cursor() as cursor:
            for one in sql:
                cursor.execute(one)
        self.stderr.write(f"{len(sql)} permisos aplicados.")


def _exists(role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return cursor.fetchone() is not None
