"""What happens when somebody else acts between two statements? Let them, exactly there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def meanwhile(after: str, do: Callable[[], object]) -> Iterator[None]:
    """``do`` happens once, between the first statement that contains ``after`` and the one that follows it.

    Choose a statement that stands before a transaction: then what ``do`` commits is what another process would have
    committed. Fails if no statement contained ``after``.
    """
    acts = iter([do])
    is_next = False

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal is_next
        if is_next:
            is_next = False
            for act in acts:
                act()
        result = execute(sql, params, many, context)
        if after in sql:
            is_next = True
            if connection.vendor == "postgresql":
                # The rows are here already, and the next statement may well be inside the transaction.
                for act in acts:
                    act()
        return result

    with connection.execute_wrapper(watch):
        yield
    assert next(acts, None) is None, f"nothing happened after {after!r}"
