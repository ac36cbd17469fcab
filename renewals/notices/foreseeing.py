"""Which lines would wait on a later day, if every round until the day before had run? Nothing is written.

Deadlines, marks, contacts and silences are taken as they are now: nobody knows what people will do until then.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import NamedTuple

from renewals.expiry.due import NEW, Ledger, due_ids, ledgers_of, silent_ids
from renewals.expiry.marks import MarksLookup, marks_for
from renewals.expiry.windows import Crossing, Hears, crossings, is_critical, marks_within
from renewals.models import Certificate, Contact, Renewal, Silence
from renewals.notices.slices import SLICE
from renewals.notices.waiting import Waiting, waiting_lines

ONE_DAY = timedelta(days=1)
#: No more certificates are looked at, so that a page answers in time whatever the firm has.
MOST = 50_000


@dataclass(frozen=True, slots=True)
class Span:
    """The day that is looked at, from today; ``mailed_on`` is the last day before it with messages of the day.

    None where that day has passed: then what waits now is what waits on the day, as far as it is not critical.
    """

    today: date
    day: date
    mailed_on: date | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The lines, certificate → its deadline, and whether there were more certificates than are looked at."""

    lines: list[Waiting]
    deadlines: dict[int, date]
    is_cut: bool


class _Due(NamedTuple):
    pk: int
    company_id: int
    kind: str
    deadline_on: date
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class _Around:
    woken: Collection[int]
    ledgers: Mapping[int, Ledger]
    acknowledged: Collection[int]
    with_client: Collection[int]
    marks: MarksLookup


def foresee(span: Span) -> Foreseen:
    """The lines that would wait on the day of the span; those that no round has written yet are numbered below zero."""
    lines, deadlines = waiting_lines()
    numbers = count(-1, -1)
    woken = _woken(span)
    kept = {line for line in lines if span.mailed_on is None or line.certificate_id in woken}
    foreseen: list[Waiting] = []
    looked_at = 0
    for ids in due_ids(today=span.day):
        for start in range(0, len(ids), SLICE):
            part = ids[start : start + SLICE]
            rows, around = _look(part, woken)
            deadlines |= {row.pk: row.deadline_on for row in rows}
            foreseen += [line for row in rows for line in _lines(row, around, span, numbers)]
        looked_at += len(ids)
        if looked_at >= MOST:
            break
    if span.day > span.today:
        kept = {line for line in kept if line.audience == Hears.CLIENT or not is_critical(line.mark)}
    return Foreseen(sorted(kept) + foreseen, deadlines, is_cut=looked_at >= MOST)


def _woken(span: Span) -> set[int]:
    """Those that were quiet when messages were last made, and are not on the day: nothing was told about them then."""
    if span.mailed_on is None:
        return set()
    quiet = [
        set(Silence.objects.in_force(on).values_list("certificate", flat=True)) for on in (span.mailed_on, span.day)
    ]
    return quiet[0] - quiet[1]


def _look(ids: Collection[int], woken: Collection[int]) -> tuple[list[_Due], _Around]:
    silent = silent_ids(ids)
    rows = [
        _Due(*row)
        for row in Certificate.objects.filter(pk__in=ids).order_by("pk").values_list(*_Due._fields)
        if row[0] not in silent
    ]
    acknowledged = Renewal.objects.acknowledged().filter(certificate__in=ids).order_by()
    companies = {row.company_id for row in rows}
    clients = Contact.objects.filter(gets_notices=True, company__in=companies).order_by()
    return rows, _Around(
        woken=woken,
        ledgers=ledgers_of(ids),
        acknowledged=set(acknowledged.values_list("certificate_id", flat=True)),
        with_client=set(clients.values_list("company_id", flat=True)),
        marks=marks_for(companies),
    )


def _lines(row: _Due, around: _Around, span: Span, numbers: Iterator[int]) -> Iterator[Waiting]:
    for who, crossing in _crossings(row, around, span).items():
        if who is not Hears.CLIENT and _was_told_at_once(row, crossing, span):
            continue
        yield Waiting(next(numbers), row.pk, row.company_id, crossing.tell, who.value, row.deadline_on)


def _crossings(row: _Due, around: _Around, span: Span) -> Mapping[Hears, Crossing]:
    marks = marks_within(around.marks.of(row.company_id, row.kind), (row.not_after - row.not_before).days)
    told = dict(around.ledgers.get(row.pk, NEW).told.get(row.deadline_on, {}))
    if span.mailed_on is not None and row.pk not in around.woken:
        # Whatever was due when messages were last made was told then.
        past = (row.deadline_on - span.mailed_on).days
        told = {who: min(told.get(who, past), past) for who in Hears}
    return crossings(
        days_to_deadline=(row.deadline_on - span.day).days,
        kind=row.kind,
        marks=marks,
        told=told,
        acknowledged=row.pk in around.acknowledged,
        has_client=row.company_id in around.with_client,
    )


def _was_told_at_once(row: _Due, crossing: Crossing, span: Span) -> bool:
    days_the_day_before = (row.deadline_on - span.day + ONE_DAY).days
    return span.day > span.today and is_critical(crossing.tell) and crossing.tell >= days_the_day_before
