"""Where can a backup be tried out without touching the firm's own database?"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
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
    own, scratch = connections["default"], _connection(folder)
    connections["default"] = scratch
    ContentType.objects.clear_cache()
    try:
        tables = connection.introspection.table_names()
        if tables:
            raise DatabaseNotEmpty(table=tables[0])
        try:
            call_command("migrate", interactive=False, verbosity=0)
            yield folder / "files"
        finally:
            _empty(scratch)
    finally:
        scratch.close()
        connections["default"] = own
        ContentType.objects.clear_cache()
        shutil.rmtree(folder, ignore_errors=True)


def _connection(folder: Path) -> BaseDatabaseWrapper:
    named = settings.DRILL_DATABASE or {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "drill.sqlite3",
        "OPTIONS": settings.SQLITE_OPTIONS,
    }
    handler: BaseDatabaseWrapper = ConnectionHandler({"default": dict(named)})["default"]
    return handler


def _empty(scratch: BaseDatabaseWrapper) -> None:
    """Only ever called on a database that was empty when it was handed to us."""
    if scratch.vendor == "postgresql":
        with scratch.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
