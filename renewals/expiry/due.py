"""Which certificates have reached a mark, which of them must stay silent, and when is each to be looked at again?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, Min, OuterRef, Q

from renewals.expiry.marks import MarksLookup, all_marks
from renewals.expiry.windows import Crossing, Hears, crossings, marks_within, next_mark_on
from renewals.models import Certificate, Contact, Notice, NoticeState, PairState, Renewal
from renewals.models.certificate import Kind

#: So many ids are found at once, and kept in memory.
FOUND_AT_ONCE = 5_000
#: The index on the next mark answers it, so it costs what is due and not what is stored. Written by hand: a sweep asks
#: it a hundred times a day to hear that there is nothing, and building it would cost more than the answer.
FIND = "SELECT id, next_mark_on FROM renewals_certificate WHERE next_mark_on <= %s ORDER BY next_mark_on, id LIMIT %s"
FIND_AFTER = (
    "SELECT id, next_mark_on FROM renewals_certificate WHERE next_mark_on <= %s AND next_mark_on >= %s "
    "AND (next_mark_on > %s OR id > %s) ORDER BY next_mark_on, id LIMIT %s"
)


class Watched(NamedTuple):
    """What the next decision needs of one certificate that has reached a mark.

    ``is_silent``: nobody need be told any more. ``acknowledged``: a person began its renewal. ``has_client``:
    somebody at the company gets notices.
    """

    pk: int
    company_id: int
    kind: str
    deadline_on: date
    not_before: datetime
    not_after: datetime
    is_silent: bool
    acknowledged: bool
    has_client: bool

    @property
    def validity_days(self) -> int:
        """Whole days between the two dates of the file."""
        return (self.not_after - self.not_before).days

    @property
    def hangs_on_others(self) -> bool:
        """Whether deadlines of its company hang on it, or its own on others and on the day."""
        return self.kind in {Kind.EFIRMA, Kind.CSD}


class Decision(NamedTuple):
    """What is to be told of one certificate to whom, and when to look again: ``None`` when nobody need.

    ``has_moved``: its ledger has lines of another deadline. ``has_moot``: it has lines of this one that nobody needed
    for a while, such as those of a company that was given up and came back.
    """

    watched: Watched
    crossings: Mapping[Hears, Crossing]
    look_again_on: date | None
    has_moved: bool
    has_moot: bool


class Ledger(NamedTuple):
    """What the ledger says of one certificate.

    ``told``: deadline → audience → the most urgent mark that is told or will be. ``moot``: the deadlines with lines
    that nobody needed; these were told to nobody.
    """

    told: dict[date, dict[Hears, int]]
    moot: set[date]


#: That of a certificate which is new to the watch.
NEW = Ledger({}, set())


class Look(NamedTuple):
    """What some certificates ask for today, and by which marks that was decided."""

    decisions: list[Decision]
    marks: MarksLookup

    def still_holds(self) -> bool:
        """Whether deadlines and marks are as they were read; asked by whoever holds the rows."""
        read = {one.watched.pk: one.watched.deadline_on for one in self.decisions}
        now = Certificate.objects.filter(pk__in=read).order_by().values_list("pk", "deadline_on")
        return dict(now) == read and all_marks() == self.marks


def due_ids(*, today: date) -> Iterator[list[int]]:
    """Every certificate whose next mark has been reached, a few thousand at a time, those that waited longest first.

    Each part is asked for after the one before it, so that memory stays flat whatever is due; those that were dealt
    with meanwhile are not found again, nor are those that were not.
    """
    last_day = _adapted(today)
    statement, values = FIND, [last_day, FOUND_AT_ONCE]
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            found = cursor.fetchall()
        if found:
            yield [pk for pk, _ in found]
        if len(found) < FOUND_AT_ONCE:
            return
        pk, day = found[-1]
        statement, values = FIND_AFTER, [last_day, day, day, pk, FOUND_AT_ONCE]


def watched(ids: Collection[int], *, today: date) -> list[Watched]:
    """Those of ``ids`` that are still due, in order of primary key; plain values, since they come by the thousand.

    One question with all that is asked of each: a list of a thousand ids costs more than what is asked of them.
    """
    rows = Certificate.objects.past_a_mark(today=today).filter(pk__in=ids).order_by("pk")
    asked = rows.annotate(
        is_silent=ExpressionWrapper(_needs_nobody(), output_field=BooleanField()),
        acknowledged=Exists(Renewal.objects.acknowledged().filter(certificate=OuterRef("pk"))),
        has_client=Exists(Contact.objects.filter(gets_notices=True, company=OuterRef("company"))),
    )
    return [Watched(*row) for row in asked.values_list(*Watched._fields)]


def silent_ids(ids: Iterable[int]) -> set[int]:
    """Those of ``ids`` that nobody need be told about any more."""
    return set(Certificate.objects.filter(_needs_nobody(), pk__in=list(ids)).order_by().values_list("pk", flat=True))


def decide(rows: Collection[Watched], *, today: date) -> Look:
    """What these ask for today, in their order."""
    marks, ledgers = all_marks(), ledgers_of([one.pk for one in rows])
    return Look([_decide(one, marks, ledgers.get(one.pk, NEW), today=today) for one in rows], marks)


def _decide(one: Watched, lookup: MarksLookup, ledger: Ledger, *, today: date) -> Decision:
    has_moved = bool(ledger.told.keys() - {one.deadline_on})
    has_moot = one.deadline_on in ledger.moot
    if one.is_silent:
        return Decision(one, {}, None, has_moved, has_moot)
    marks = marks_within(lookup.of(one.company_id, one.kind), one.validity_days)
    return Decision(
        watched=one,
        crossings=crossings(
            days_to_deadline=(one.deadline_on - today).days,
            kind=one.kind,
            marks=marks,
            told=ledger.told.get(one.deadline_on, {}),
            acknowledged=one.acknowledged,
            has_client=one.has_client,
        ),
        look_again_on=next_mark_on(deadline_on=one.deadline_on, today=today, marks=marks),
        has_moved=has_moved,
        has_moot=has_moot,
    )


def ledgers_of(ids: Collection[int]) -> dict[int, Ledger]:
    """Certificate → what its ledger says; nothing for one that is new to the watch."""
    ledgers: dict[int, Ledger] = defaultdict(lambda: Ledger(defaultdict(dict), set()))
    rows = Notice.objects.filter(certificate__in=ids).order_by().values_list("certificate", "deadline_on", "audience")
    is_moot = Q(state=NoticeState.MOOT)
    for certificate, deadline_on, audience, mark, moot in rows.annotate(
        first=Min("mark", filter=~is_moot), moot=Count("pk", filter=is_moot)
    ):
        ledger = ledgers[certificate]
        of_deadline = ledger.told[deadline_on]
        if mark is not None:
            of_deadline[Hears(audience)] = mark
        if moot:
            ledger.moot.add(deadline_on)
    return ledgers


def _adapted(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


def _needs_nobody() -> Q:
    """Retired, of a company we no longer look after, or in the shadow of a proved primary one that lasts longer.

    Whoever replaces a certificate retires it. A successor whose key was not proved, or that was not made the primary
    one, silences nothing: the firm could not work with it, and a renewal that is stuck half way must not go quiet.
    """
    proved_primary = Certificate.objects.filter(
        company=OuterRef("company"),
        kind=OuterRef("kind"),
        scope=OuterRef("scope"),
        is_primary=True,
        pair_state=PairState.IN_CUSTODY,
        expires_on__gt=OuterRef("expires_on"),
    ).exclude(kind=Kind.UNKNOWN)
    return (
        Q(retired_at__isnull=False) | Q(company__closed_at__isnull=False) | Q(Exists(proved_primary), is_primary=False)
    )
