"""Which bytes do the columns of an event make, as the database holds them and whatever somebody wrote into them?"""

import json
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from renewals.audit.canonical import canonical_bytes, facts_text, moment_text

#: Facts that the program writes are flat; deeper ones than this cannot be put into bytes, whoever does it and wherever.
DEEPEST = 50

#: A moment in UTC as the text that SQLite keeps; only what is no column of its own comes without being read as a date.
_MOMENT = {"postgresql": "to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", "sqlite": "e.at || ''"}
_AT_ONCE = 500
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def selected() -> str:
    """What is selected from ``renewals_event e``, in the order that :func:`bytes_of` takes; the stored bytes last."""
    return (
        f"e.id, {_MOMENT[connection.vendor]}, e.name, e.person_id, e.actor, e.company_id, e.subject_type, "
        "e.subject_id, e.facts, e.canonical"
    )


def bytes_of(row: tuple[Any, ...]) -> bytes:
    """The bytes that stand for the columns; empty where the columns hold what the program never writes.

    The same row makes the same bytes whenever it is read: those that did not match are linked by what is made here.
    """
    _, at, name, person, actor, company, subject, number, facts, *_ = row
    try:
        return canonical_bytes(
            at=moment_text(datetime.fromisoformat(at).replace(tzinfo=UTC)),
            name=name,
            person_id=person,
            actor=actor,
            company_id=company,
            subject_type=subject,
            subject_id=number,
            facts=facts_text(read_facts(facts)),
        )
    except (TypeError, ValueError, AttributeError):
        return b""


def read_facts(text: str) -> Any:
    """The facts in a stored text.

    Raises:
        ValueError: this is no JSON, or too deep.
    """
    # How deep Python itself can read depends on who asks; two who look at a row must see the same.
    if text.count("{") + text.count("[") > DEEPEST and _depth(text) > DEEPEST:
        raise ValueError("too deep")
    return json.loads(text)


def stored_and_made(ids: Collection[int]) -> Iterator[tuple[int, bytes, bytes]]:
    """Of each of these events its id, the bytes it was written with, and those that its columns make."""
    wanted = list(ids)
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            places = ", ".join(["%s"] * len(some))
            cursor.execute(f"SELECT {selected()} FROM renewals_event e WHERE e.id IN ({places})", some)  # noqa: S608  # words of our own
            for row in cursor.fetchall():
                yield row[0], row[9], bytes_of(row)


def _depth(text: str) -> int:
    deepest = depth = 0
    for letter in _STRING.sub("", text):
        depth += (letter in "{[") - (letter in "}]")
        deepest = max(deepest, depth)
    return deepest
