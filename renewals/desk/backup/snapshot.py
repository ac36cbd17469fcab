"""How is a whole database read as it stood at one moment, while everybody goes on writing?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connections, transaction

#: The name of the second connection; nothing but a backup reads through it.
ALIAS: Final = "snapshot"


@contextmanager
def snapshot() -> Iterator[str]:
    """A second connection, by its alias, to which the database looks as it stood when the block began.

    It holds up nobody: SQLite's write-ahead log and PostgreSQL's row versions both keep what a reader still needs.
    """
    reader = connections["default"].copy(alias=ALIAS)
    options = dict(reader.settings_dict.get("OPTIONS", {}))
    if reader.vendor == "sqlite":
        # The program's own transactions claim the one place of a writer at once; this one never writes.
        options["transaction_mode"] = "DEFERRED"
    reader.settings_dict["OPTIONS"] = options
    connections[ALIAS] = reader
    try:
        with transaction.atomic(using=ALIAS), reader.cursor() as cursor:
            if reader.vendor == "postgresql":
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # A snapshot begins with the first thing that is read.
            cursor.execute("SELECT count(*) FROM django_migrations")
            cursor.fetchone()
            yield ALIAS
    finally:
        reader.close()
        del connections[ALIAS]
