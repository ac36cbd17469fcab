"""Where can a backup be tried out without touching the firm's own database?"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import ConnectionHandler

from renewals.errors import DatabaseNotEmpty


@contextmanager
def scratch_database() -> Iterator[Path]:
    """Inside, this thread's database is an empty one with the program's tables; gives a folder for files beside it.

    SQLite in a temporary folder of the owner's alone, or the empty PostgreSQL database of ``DRILL_DATABASE_URL``. Both
    are gone afterwards, whatever happened inside.

    Raises:
        DatabaseNotEmpty: the one that was named holds something.
    """
    folder = Path(tempfile.mkdtemp(prefix="vigencia-drill-"))
    named = settings.DRILL_DATABASE or {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "drill.sqlite3",
        "OPTIONS": settings.SQLITE_OPTIONS,
    }
    try:
        with instead_of_ours(named):
            tables = connection.introspection.table_names()
            if tables:
                raise DatabaseNotEmpty(table=tables[0])
            try:
                call_command("migrate", interactive=False, verbosity=0)
                yield folder / "files"
            finally:
                _empty()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def instead_of_ours(database: Mapping[str, Any]) -> Iterator[None]:
    """Inside, everything that this thread reads and writes goes to another database, given as in the settings."""
    ours, other = connections["default"], ConnectionHandler({"default": dict(database)})["default"]
    connections["default"] = other
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        other.close()
        connections["default"] = ours
        ContentType.objects.clear_cache()


def _empty() -> None:
    """Only ever called for a database that was empty when it was handed to us."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
