"""How do a test's clean-up, and a test that plays the thief, get past the triggers that guard the history?

As the owner of the tables, which no process of the program is: the triggers are put away and come back as they were.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

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
    """Let Django empty every table after a test with real transactions, which the triggers would refuse as well."""
    tear_down = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # Django's hook; the stubs lack it

    def unguarded(self: TransactionTestCase) -> None:
        with history_unguarded():
            tear_down(self)

    TransactionTestCase._fixture_teardown = unguarded  # type: ignore[attr-defined]  # as above


def _run(statements: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
