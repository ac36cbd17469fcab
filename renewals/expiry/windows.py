"""Which reminder marks has a certificate crossed for whom, when is the next one, and which colour is its light?

A *mark* is a number of days before the deadline of a certificate (``expiry.deadlines``): 30 is thirty days before it, 0
that day itself, -3 three days after. A mark is due once its day has come and nobody has been told, never only when the
days left equal it, so that a machine that slept catches up. Days are local days of the firm; whoever calls counts them.
``docs/notices.md`` holds the rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count
from types import MappingProxyType
from typing import Final

#: Days before the deadline, by kind, where nobody of the firm decided otherwise. The e.firma begins earliest: when it
#: cannot be renewed on line any more, an appointment may take months.
MARKS: Final = MappingProxyType(
    {
        "npie": (60, 30, 15, 7, 3, 1),
        "efirma": (90, 60, 30, 15, 7, 3),
        "csd": (60, 30, 15, 7, 3),
        "unknown": (60, 30, 15, 7, 3),
    }
)
#: On the deadline and in the first week after it; every seven days afterwards.
DEADLINE_AND_AFTER: Final = (0, -1, -3, -7)
WEEK: Final = 7

#: From this mark on a reminder also opens the renewal, and the client hears of it. IMSS guides advise to begin thirty
#: days ahead; the e.firma gets sixty, since its on-line renewal closes a day before the end and the way round it is an
#: appointment.
RENEWAL_OPENS_AT: Final = MappingProxyType({"npie": 30, "efirma": 60, "csd": 30, "unknown": 30})
#: With so few days until the deadline the light is red: portals fail.
RED_WITHIN: Final = 7
#: Those marks that are told at once, at any hour.
CRITICAL: Final = frozenset({1, 0, -1})


class Light(StrEnum):
    """The traffic light of a certificate."""

    EXPIRED = "expired"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Hears(StrEnum):
    """Who is to be told; the values of ``models.Audience``."""

    RESPONSIBLE = "responsible"
    LEAD = "lead"
    PARTNERS = "partners"
    CLIENT = "client"


#: The first mark of which those hear who are told only when it gets late: while nobody works on it, and once a
#: person has begun its renewal.
ESCALATES_AT: Final = MappingProxyType({Hears.LEAD: (7, 3), Hears.PARTNERS: (1, 0)})


@dataclass(frozen=True, slots=True)
class Crossing:
    """What one look at a certificate found: the most urgent mark to tell, and those it speaks for as well."""

    tell: int
    absorbed: tuple[int, ...]


def light(days_to_deadline: int, kind: str, *, is_expired: bool) -> Light:
    """The colour for so many days until the deadline: amber once the renewal should have begun, red in the last week.

    A certificate whose deadline has passed is red until it is ``is_expired``: it still works.
    """
    if is_expired:
        return Light.EXPIRED
    if days_to_deadline <= RED_WITHIN:
        return Light.RED
    return Light.AMBER if opens_renewal(days_to_deadline, kind) else Light.GREEN


def renewal_opens_at(kind: str) -> int:
    """So many days before the deadline the renewal of this kind should begin."""
    return RENEWAL_OPENS_AT.get(kind, RENEWAL_OPENS_AT["unknown"])


def opens_renewal(mark: int, kind: str) -> bool:
    """Whether a certificate that has reached this mark should have a renewal under way."""
    return mark <= renewal_opens_at(kind)


def is_critical(mark: int) -> bool:
    """Whether people of the firm are told of this mark at once, at any hour of any day."""
    return mark in CRITICAL


def audiences_at(mark: int, *, kind: str, acknowledged: bool) -> tuple[Hears, ...]:
    """Who hears of a mark; ``acknowledged``: a person began its renewal."""
    return tuple(who for who in Hears if mark <= _hears_from(who, kind=kind, acknowledged=acknowledged))


def default_marks(kind: str) -> tuple[int, ...]:
    """The marks before the deadline where nobody of the firm decided otherwise, furthest first."""
    return MARKS.get(kind, MARKS["unknown"])


def marks_within(marks: Sequence[int], validity_days: int) -> tuple[int, ...]:
    """Those marks before the deadline that make sense for so long a validity, in their order.

    A mark further away than half of the validity is left out: it would call a certificate old that is still new, as
    ninety days would for one of five months.
    """
    return tuple(mark for mark in marks if 2 * mark <= validity_days)


def crossings(
    *,
    days_to_deadline: int,
    kind: str,
    marks: Sequence[int],
    told: Mapping[Hears, int],
    acknowledged: bool,
    has_client: bool,
) -> dict[Hears, Crossing]:
    """For each audience the most urgent mark that is due, with the others crossed since the last time.

    ``marks`` are those before the deadline, furthest first. ``told`` is the most urgent mark in the ledger by audience,
    told or absorbed; empty for a certificate that is new to the watch. Such a one answers for the named marks it is
    past; weeks that went by before anybody watched are no marks of ours, however long it has been expired.
    ``has_client``: somebody at the company gets notices.
    """
    last = min(told.values(), default=None)
    due = _due(days_to_deadline, marks)
    if last is None:
        due = [mark for mark in due if mark >= DEADLINE_AND_AFTER[-1] or mark == due[-1]]
    found = {}
    for who in Hears:
        if who is Hears.CLIENT and not has_client:
            continue
        first = _hears_from(who, kind=kind, acknowledged=acknowledged)
        before = told.get(who)
        new = [mark for mark in due if mark <= first and (before is None or mark < before)]
        if new:
            found[who] = Crossing(tell=new[-1], absorbed=tuple(new[:-1]))
    return found


def next_mark_on(*, deadline_on: date, today: date, marks: Sequence[int]) -> date:
    """The first day after today on which a mark is reached; after the deadline there is always one within the week."""
    days = (deadline_on - today).days
    ahead = next(mark for mark in _all_marks(marks) if mark < days)
    return today + timedelta(days=days - ahead)


def _hears_from(who: Hears, *, kind: str, acknowledged: bool) -> float:
    if who is Hears.RESPONSIBLE:
        return float("inf")
    if who is Hears.CLIENT:
        return renewal_opens_at(kind)
    alone, under_way = ESCALATES_AT[who]
    return under_way if acknowledged else alone


def _due(days_to_deadline: int, marks: Sequence[int]) -> list[int]:
    """Every mark whose day has come, furthest first."""
    due = []
    for mark in _all_marks(marks):
        if mark < days_to_deadline:
            break
        due.append(mark)
    return due


def _all_marks(marks: Sequence[int]) -> Iterator[int]:
    yield from marks
    yield from DEADLINE_AND_AFTER
    yield from count(DEADLINE_AND_AFTER[-1] - WEEK, -WEEK)
