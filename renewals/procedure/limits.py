"""By which day should a step be done, and on which day does somebody ask again about one that waits?

All by the calendar of the firm: people work on these days, whatever the authorities do.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from renewals.expiry.calendar import Overlay, Rule, business_days_after, is_open
from renewals.expiry.overlay import overlay_for
from renewals.models import Authority, WaitKind
from renewals.procedure.steps import Step

#: Nobody plans to ask again later than this; a longer wait is another decision, or a mistyped year.
LONGEST_WAIT: Final = timedelta(days=180)
#: Days of the calendar are looked up so far beyond a term: no firm closes for longer.
_HOLIDAYS: Final = timedelta(days=60)
#: Business days after which one asks again; an appointment says its own day.
_ASK_AGAIN_AFTER: Final[Mapping[str, int]] = MappingProxyType(
    {WaitKind.CLIENT: 2, WaitKind.PORTAL: 1, WaitKind.OTHER: 2}
)


def due_on(step: Step, *, today: date) -> date:
    """The day by which a step that begins today should be done."""
    return days_later(today, step.limit_days)


def days_later(day: date, days: int) -> date:
    """The day that many business days of the firm after ``day``."""
    overlay = _overlay(day, day + timedelta(days=2 * days))
    return business_days_after(day, days, rule=Rule.IMSS_AVISO, overlay=overlay)


def business_days_between(first: date, last: date) -> int:
    """How many business days of the firm begin after ``first`` and up to ``last``, which is included."""
    if last <= first:
        return 0
    overlay = _overlay(first, last)
    days = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
    return sum(is_open(day, overlay=overlay) for day in days)


def suggested_check(kind: str, *, today: date) -> date | None:
    """The day on which one usually asks again; None where the thing itself has its day."""
    days = _ASK_AGAIN_AFTER.get(kind)
    return None if days is None else days_later(today, days)


def next_open(day: date) -> date:
    """This day where the firm works on it, else the next one on which it does."""
    overlay = _overlay(day, day)
    while not is_open(day, overlay=overlay):
        day += timedelta(days=1)
    return day


def _overlay(first: date, last: date) -> Overlay:
    return overlay_for(Authority.FIRM, first=first, last=last + _HOLIDAYS)
