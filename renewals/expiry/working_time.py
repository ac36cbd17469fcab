"""When does the firm work, so that nothing that can wait reaches people at other times?"""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils import timezone

from renewals.expiry.calendar import is_open
from renewals.expiry.overlay import overlay_for
from renewals.models import Authority

#: Local time of the firm's zone; what comes exactly at the closing is too late.
OPENS: Final = time(7)
CLOSES: Final = time(19)
#: A calendar that closes more days in a row is not obeyed any more: no firm rests that long, and people must hear.
LONGEST_CLOSED: Final = timedelta(days=30)
#: After so many days the law has opened a day, whatever else it closes.
_LAW_OPENS_WITHIN: Final = timedelta(days=10)


def working_days(*, first: date, last: date) -> frozenset[date]:
    """The local days between two, both included, on which the firm works; one query.

    By the labour law and what the calendar says for the firm or for everybody.
    """
    before = first - LONGEST_CLOSED
    overlay = overlay_for(Authority.FIRM, first=before, last=last)
    found, closed = set(), 0
    for number in range((last - before).days + 1):
        day = before + timedelta(days=number)
        closed = 0 if is_open(day, overlay=overlay) else closed + 1
        if closed == 0 or (closed > LONGEST_CLOSED.days and is_open(day)):
            found.add(day)
    return frozenset(day for day in found if day >= first)


def is_working_day(day: date) -> bool:
    """Whether the firm works on this local day."""
    return day in working_days(first=day, last=day)


def is_working_time(moment: datetime) -> bool:
    """Whether the firm works at this moment."""
    local = timezone.localtime(moment)
    return OPENS <= local.time() < CLOSES and is_working_day(local.date())


def next_opening(moment: datetime) -> datetime:
    """This moment where the firm works then, else the next one at which it opens."""
    local = timezone.localtime(moment)
    today = local.date()
    first = today if local.time() < CLOSES else today + timedelta(days=1)
    day = min(working_days(first=first, last=first + LONGEST_CLOSED + _LAW_OPENS_WITHIN))
    if day == today and local.time() >= OPENS:
        return moment
    return timezone.make_aware(datetime.combine(day, OPENS))
