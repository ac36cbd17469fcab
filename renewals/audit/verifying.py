"""Is the history what was written? Looks at every row, and says which one was changed, cut out, moved or put in."""

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring_ascii
from typing import Any

from django.db import connection, transaction

from renewals.audit.canonical import facts_text
from renewals.audit.columns import read_facts, selected
from renewals.audit.findings import Report
from renewals.audit.irregular import Ends, Irregular
from renewals.audit.links import FIRM, IS_LINK, LINK, NOTHING_BEFORE
from renewals.audit.statements import Held, RequireSigned, Signed, look_at_statements

#: Rows taken from the database at once.
CHUNK = 2_000


class _Texts(dict[str, str]):
    """JSON texts of words that come again and again."""

    def __missing__(self, word: str) -> str:
        text = self[word] = encode_basestring_ascii(word)
        return text


def verify(*, require_signed: RequireSigned, held: Sequence[Held] = (), now: datetime) -> Report:
    """Look at the whole history. Changes nothing, keeps no writer waiting, and needs little memory.

    ``require_signed`` knows the audit keys; ``held`` are the heads that somebody outside holds.
    """
    report = Report()
    with _one_snapshot():
        signed = look_at_statements(report, require_signed=require_signed, held=held)
        irregular = Irregular(report, signed, now=now)
        ends = _look_at_events(report, signed, irregular)
        irregular.close(ends)
    report.chains = len(ends)
    return report


def _look_at_events(report: Report, signed: Signed, irregular: Irregular) -> Ends:
    """Every event with its link, in the order of ids; whatever is not as usual is looked at more closely.

    Written for speed: the usual row costs one formatting, one comparison and one hash. Returns the chains' ends.
    """
    ends: Ends = {}
    # Names of this function are found faster than those of the module, a million times over.
    text_of, named, pack, start, firm, is_link = _Texts(), signed.named, LINK.pack, (0, NOTHING_BEFORE), FIRM, IS_LINK
    read_facts, quote, digest = _facts_reader(), encode_basestring_ascii, sha256
    for rows in _chunks():
        report.events += len(rows)
        for row in rows:
            event_id, at, name, person, actor, company, subject, number, facts, canonical, chain, position, link = row
            try:
                last, before = ends.get(chain, start)
                is_usual = (
                    chain == (company or firm)
                    and position == last + 1
                    and canonical
                    == (
                        f'{{"actor":{text_of[actor]},"at":"{at[:10]}T{at[11:]}Z",'
                        f'"company":{"null" if company is None else company},'
                        f'"event":{text_of[name]},"facts":{read_facts(facts) if read_facts else facts},'
                        f'"format":1,"person":{"null" if person is None else person},'
                        f'"subject":{text_of[subject]},"subject_id":{quote(number)}}}'
                    ).encode("ascii")
                    and digest(pack(is_link, before, chain, position, event_id, 0) + canonical).digest() == link
                )
            except (TypeError, ValueError, struct.error):
                is_usual = False
            if is_usual:
                ends[chain] = position, link
            else:
                irregular.look_at(row, ends)
            if link in named:
                del named[link]
    return ends


def _chunks() -> Iterator[list[tuple[Any, ...]]]:
    query = (
        f"SELECT {selected()}, s.chain, s.position, s.link "  # noqa: S608  # words of our own
        "FROM renewals_event e LEFT JOIN renewals_eventseal s ON s.event_id = e.id ORDER BY e.id"
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(CHUNK):
            yield rows


def _facts_reader() -> Callable[[str], str] | None:
    """SQLite keeps the text of the facts as it was written; PostgreSQL orders it in its own way."""
    if connection.vendor == "sqlite":
        return None
    return lambda text: "{}" if text == "{}" else facts_text(read_facts(text))


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """All questions are answered from one moment, while others go on writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Django would begin an immediate transaction, which keeps every writer out.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
