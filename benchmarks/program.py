"""Which program does a benchmark measure? This one, on a folder of its own that goes away with the process.

Importing this module sets Django up, so it is imported before anything of ``renewals`` that has tables.
"""

import atexit
import logging
import os
import shutil
import tempfile

import django
from django.core.management import call_command
from django.db import connection

_home = tempfile.mkdtemp(prefix="firm-bench-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ.update(DJANGO_SETTINGS_MODULE="firm.settings", FIRM_HOME=_home, DATABASE_URL="", PLAIN_HTTP="1")
django.setup()
logging.disable(logging.INFO)


def empty_database(alias: str = "default") -> None:
    """Make the tables: SQLite with the options the program runs with."""
    call_command("migrate", database=alias, verbosity=0)


def let_events_be_deleted() -> None:
    """For a benchmark that undoes what it has just measured; what refuses the writing of rows stays in place."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER renewals_event_refuses_delete")
