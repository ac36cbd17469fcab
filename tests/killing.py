"""What is left when a process dies between any two things it does? Boundaries, and a death at each of them in turn.

Every database statement, both sides of every commit and both sides of every accepted mail are boundaries; a test may
add its own with :func:`boundary`. Needs real transactions: ``@pytest.mark.django_db(transaction=True)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection

State = TypeVar("State")


class Killed(BaseException):
    """The process is gone. No ``except Exception`` in the program may see it, as none would see a SIGKILL."""


class Death:
    """Counts boundaries and dies at the n-th; once dead, nothing reaches the database or the mail server any more."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0
        self.happened = False
        #: What the process was about to do, or had just done, when it died.
        self.where = ""

    def boundary(self, where: str) -> None:
        if self.happened:
            raise Killed(self.where)
        self.passed += 1
        if self.passed == self.at:
            self.happened = True
            self.where = where
            _lose_the_transaction()
            raise Killed(where)


_now: Death | None = None


def boundary(where: str) -> None:
    """A place where a process may die; outside :func:`killed_at` it does nothing."""
    if _now is not None:
        _now.boundary(where)


@contextmanager
def killed_at(n: int) -> Iterator[Death]:
    """Die at the n-th boundary inside the block; the death ends with the block, as a restart would end it."""
    global _now  # noqa: PLW0603  # one process, one life
    death = Death(n)
    commit = connection.commit

    def dying_commit() -> None:
        death.boundary("before commit")
        commit()
        death.boundary("after commit")

    def dying_execute(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        # A question changes nothing: to die at it is to die after what was written before it, which is a boundary.
        if not sql.startswith("SELECT"):
            death.boundary(sql[:120])
        return execute(sql, params, many, context)

    _now = death
    try:
        with connection.execute_wrapper(dying_execute), patch.object(connection, "commit", dying_commit):
            yield death
    except Killed:
        pass
    finally:
        _now = None


def every_boundary(
    *,
    prepare: Callable[[], State],
    run: Callable[[State], object],
    check: Callable[[State], object],
    limit: int = 3000,
) -> int:
    """Prepare, run and check with a death at boundary 1, 2, 3, … until a run lives to its end; that one is checked too.

    ``check`` does what happens after a restart (usually: the same again) and asserts that nothing is lost and nothing
    was done twice. Returns how many boundaries there were.
    """
    for n in range(1, limit + 1):
        state = prepare()
        with killed_at(n) as death:
            run(state)
        try:
            check(state)
        except AssertionError as error:
            error.add_note(f"after a death at boundary {n}: {death.where or 'none, the run was complete'}")
            raise
        if not death.happened:
            return n - 1
    raise AssertionError(f"still not complete after {limit} boundaries")


class MortalMailServer(BaseEmailBackend):
    """A mail server for ``EMAIL_BACKEND``: keeps what it accepted in ``accepted``, with a boundary on either side."""

    accepted: list[EmailMessage] = []

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            boundary("before the mail server accepts")
            self.accepted.append(message)
            boundary("after the mail server accepted")
        return len(email_messages)


def _lose_the_transaction() -> None:
    """What the database does when its client vanishes: roll back what was not committed, forget what was to follow."""
    connection.run_on_commit = []
    if connection.connection is not None:
        connection.connection.rollback()
