"""Which reminder marks has a certificate crossed, when is the next one, and which colour is its light?

A *mark* is a number of days before the last day of validity: 30 is thirty days before it, 0 that day itself, -3 three
days after. A mark is due once its day has come and nobody has been told, never only when the days left equal it, so
that a machine that slept catches up. Days are local days of the firm; whoever calls counts them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count
from types import MappingProxyType
from typing import Final

#: Days before the last one, by kind. The e.firma begins earliest: when it cannot be renewed on line any more, an
#: appointment may take months.
MARKS: Final = MappingProxyType(
    {
        "npie": (60, 30, 15, 7, 3, 1),
        "efirma": (90, 60, 30, 15, 7, 3),
        "csd": (60, 30, 15, 7, 3),
        "unknown": (60, 30, 15, 7, 3),
    }
)
#: On the last day and in the first week without a valid certificate; every seven days afterwards.
LAST_DAY_AND_AFTER: Final = (0, -1, -3, -7)
WEEK: Final = 7

#: From this mark on a reminder also opens the renewal. IMSS guides advise to begin thirty days ahead; the e.firma gets
#: sixty, since its on-line renewal closes a day before the end and the way round it is an appointment.
RENEWAL_OPENS_AT: Final = MappingProxyType({"npie": 30, "efirma": 60, "csd": 30, "unknown": 30})
#: With so few days left the light is red: portals fail, and a new CSD needs up to three days before it can stamp.
RED_WITHIN: Final = 7


class Light(StrEnum):
    """The traffic light of a certificate."""

    EXPIRED = "expired"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Crossing:
    """What one look at a certificate found: the most urgent mark to tell, and those it speaks for as well."""

    tell: int
    absorbed: tuple[int, ...]


def light(days_left: int, kind: str) -> Light:
    """The colour for so many days left: amber once the renewal should have begun, red in the last week."""
    if days_left < 0:
        return Light.EXPIRED
    if days_left <= RED_WITHIN:
        return Light.RED
    return Light.AMBER if opens_renewal(days_left, kind) else Light.GREEN


def renewal_opens_at(kind: str) -> int:
    """So many days before the last one the renewal of this kind should begin."""
    return RENEWAL_OPENS_AT.get(kind, RENEWAL_OPENS_AT["unknown"])


def opens_renewal(mark: int, kind: str) -> bool:
    """Whether a certificate that has reached this mark should have a renewal under way."""
    return mark <= renewal_opens_at(kind)


def marks_before(kind: str, validity_days: int) -> tuple[int, ...]:
    """The marks before the last day, furthest first.

    A mark further away than half of the validity is left out: it would call a certificate old that is still new, as
    ninety days would for one of five months.
    """
    marks = MARKS.get(kind, MARKS["unknown"])
    return tuple(mark for mark in marks if 2 * mark <= validity_days)


def crossed(
    *, expires_on: date, today: date, kind: str, validity_days: int, already_told: int | None
) -> Crossing | None:
    """The most urgent mark that is due, with the others crossed since the last time; ``None`` when nothing is new.

    ``already_told`` is the most urgent mark in the ledger, told or absorbed, or ``None`` for a certificate that is
    new to the watch. Such a one answers for the named marks it is past; weeks that went by before anybody watched are
    no marks of ours, however long it has been expired.
    """
    days_left = (expires_on - today).days
    due: list[int] = []
    for mark in _marks(kind, validity_days):
        if mark < days_left:
            break
        if already_told is None or mark < already_told:
            due.append(mark)
    if not due:
        return None
    *earlier, tell = due
    if already_told is None:
        earlier = [mark for mark in earlier if mark >= LAST_DAY_AND_AFTER[-1]]
    return Crossing(tell=tell, absorbed=tuple(earlier))


def next_mark_on(*, expires_on: date, today: date, kind: str, validity_days: int) -> date:
    """The first day after today on which a mark is reached; after expiry there is always one within the week."""
    days_left = (expires_on - today).days
    ahead = next(mark for mark in _marks(kind, validity_days) if mark < days_left)
    return today + timedelta(days=days_left - ahead)


def _marks(kind: str, validity_days: int) -> Iterator[int]:
    yield from marks_before(kind, validity_days)
    yield from LAST_DAY_AND_AFTER
    yield from count(LAST_DAY_AND_AFTER[-1] - WEEK, -WEEK)
