"""How do a test's clean-up, and a test that plays the thief, get past the triggers that guard the history?

As the owner of the tables, which no process of the program is: the triggers are put away and come back as they were.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

if TYPE_CHECKING:
    from collections.abc import Iterator

GUARDED = ("renewals_event", "renewals_eventseal", "renewals_signedheads")


@contextmanager
def history_unguarded() -> Iterator[None]:
    """Inside, rows of the history can be changed and deleted; afterwards the triggers stand again."""
    if connection.vendor == "postgresql":
        away = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in GUARDED]
        back = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in GUARDED]
    else:
        triggers = _rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        away = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        back = [sql for _, sql in triggers]
    _run(away)
    try:
        yield
    finally:
        _run(back)


def let_clean_up() -> None:
    """Let a test with real transactions end by emptying what it filled, history included, and nothing else.

    Django would truncate every table, which costs PostgreSQL more than most of these tests do, and write the content
    types and permissions of all models anew, which no test changes.
    """

    def emptied(_self: TransactionTestCase) -> None:
        filled = _filled_tables()
        if not filled:
            return
        if connection.vendor == "postgresql":
            # Neither triggers nor foreign keys are asked: afterwards there is no row left for them to be right about.
            _run(["SET LOCAL session_replication_role = replica", *(f'DELETE FROM "{table}"' for table in filled)])
        else:
            with history_unguarded():
                _run([f'DELETE FROM "{table}"' for table in filled])

    TransactionTestCase._fixture_teardown = emptied  # type: ignore[attr-defined]  # Django's hook; the stubs lack it


@cache
def _tables() -> tuple[str, ...]:
    kept = {ContentType._meta.db_table, Permission._meta.db_table}
    return tuple(sorted(set(connection.introspection.django_table_names(only_existing=True)) - kept))


def _filled_tables() -> list[str]:
    ask = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in _tables())
    return [table for (table,) in _rows(" UNION ALL ".join(ask))]


def _run(statements: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
