"""Which days count in Mexico, and on which day does a term of business days end?

The base is article 74 of the Ley Federal del Trabajo as the ``holidays`` package knows it. Days on which an authority
closed besides (by collective contract, after a disaster, in an election) are not in any package: whoever asks gives
them as ``closed``.
"""

from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

import holidays

SATURDAY: Final = 5
FRIDAY: Final = 4


class Rule(StrEnum):
    """How an authority counts.

    ``IMSS_AVISO``: avisos afiliatorios; the term ends where it ends. ``IMSS``: everything else there; a term that ends
    on a closed day or on a Friday moves to the next business day (RACERF). ``SAT``: CFF article 12; 5 May is closed
    too, and a term that ends on a closed day moves.
    """

    IMSS_AVISO = "imss_aviso"
    IMSS = "imss"
    SAT = "sat"


def is_business_day(day: date, *, rule: Rule, closed: AbstractSet[date] = frozenset()) -> bool:
    """Whether offices are open: no weekend, no holiday of the rule, and not among ``closed``."""
    if day.weekday() >= SATURDAY or day in closed or day in _labour_holidays(day.year):
        return False
    return not (rule is Rule.SAT and (day.month, day.day) == (5, 5))


def business_days_after(start: date, days: int, *, rule: Rule, closed: AbstractSet[date] = frozenset()) -> date:
    """The last day of a term of so many business days that begins the day after ``start``."""
    day = start
    for _ in range(days):
        day = _next_business_day(day, rule=rule, closed=closed)
    return extended(day, rule=rule, closed=closed)


def extended(end: date, *, rule: Rule, closed: AbstractSet[date] = frozenset()) -> date:
    """Where a term that would end on this day really ends under the rule."""
    if rule is Rule.IMSS_AVISO:
        return end
    stays = is_business_day(end, rule=rule, closed=closed) and not (rule is Rule.IMSS and end.weekday() == FRIDAY)
    return end if stays else _next_business_day(end, rule=rule, closed=closed)


def _next_business_day(day: date, *, rule: Rule, closed: AbstractSet[date]) -> date:
    following = day + timedelta(days=1)
    while not is_business_day(following, rule=rule, closed=closed):
        following += timedelta(days=1)
    return following


@cache
def _labour_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("MX", years=year))
