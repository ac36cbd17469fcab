"""Which days count in Mexico, and on which day does a term of business days end?

The base is article 74 of the Ley Federal del Trabajo as the ``holidays`` package knows it. Days on which an authority
closed besides (by collective contract, after a disaster, in an election), or opened, are not in any package: whoever
asks gives them as an ``Overlay``.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

import holidays

SATURDAY: Final = 5
FRIDAY: Final = 4
#: CFF article 12 closes SAT on this day besides, by month and day; no package knows it.
CLOSED_AT_SAT: Final = (5, 5)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What was decided for single days besides the law; a day stands in one of the two sets at most."""

    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()


#: Nobody decided anything.
NOTHING_DECIDED: Final = Overlay()


class Rule(StrEnum):
    """How an authority counts.

    ``IMSS_AVISO``: avisos afiliatorios; the term ends where it ends. ``IMSS``: everything else there; a term that ends
    on a closed day or on a Friday moves to the next business day (RACERF). ``SAT``: CFF article 12; 5 May is closed
    too, and a term that ends on a closed day moves. A day on which SAT opens its doors although the law closes them
    changes no term (same article), at IMSS it counts: a term told too short loses nothing.
    """

    IMSS_AVISO = "imss_aviso"
    IMSS = "imss"
    SAT = "sat"


def is_open(day: date, *, overlay: Overlay = NOTHING_DECIDED) -> bool:
    """Whether people work on this day: no weekend and no holiday of the labour law, unless the overlay says other."""
    if day in overlay.opened:
        return True
    return day.weekday() < SATURDAY and day not in overlay.closed and day not in labour_holidays(day.year)


def is_business_day(day: date, *, rule: Rule, overlay: Overlay = NOTHING_DECIDED) -> bool:
    """Whether this day counts in the terms of the rule."""
    if rule is Rule.SAT:
        return is_open(day, overlay=Overlay(closed=overlay.closed)) and (day.month, day.day) != CLOSED_AT_SAT
    return is_open(day, overlay=overlay)


def business_days_after(start: date, days: int, *, rule: Rule, overlay: Overlay = NOTHING_DECIDED) -> date:
    """The last day of a term of so many business days that begins the day after ``start``."""
    day = start
    for _ in range(days):
        day = _next_business_day(day, rule=rule, overlay=overlay)
    return extended(day, rule=rule, overlay=overlay)


def extended(end: date, *, rule: Rule, overlay: Overlay = NOTHING_DECIDED) -> date:
    """Where a term that would end on this day really ends under the rule."""
    if rule is Rule.IMSS_AVISO:
        return end
    stays = is_business_day(end, rule=rule, overlay=overlay) and not (rule is Rule.IMSS and end.weekday() == FRIDAY)
    return end if stays else _next_business_day(end, rule=rule, overlay=overlay)


@cache
def labour_holidays(year: int) -> MappingProxyType[date, str]:
    """The holidays of the Ley Federal del Trabajo in a year with their Spanish names."""
    return MappingProxyType(dict(holidays.country_holidays("MX", years=year, language="es")))


def _next_business_day(day: date, *, rule: Rule, overlay: Overlay) -> date:
    following = day + timedelta(days=1)
    while not is_business_day(following, rule=rule, overlay=overlay):
        following += timedelta(days=1)
    return following
