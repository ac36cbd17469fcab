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
#: No firm closes for longer; a calendar that says so holds nothing back beyond it.
LONGEST_CLOSED: Final = timedelta(days=60)


def is_working_day(day: date) -> bool:
    """Whether the firm works on this local day, by the labour law and by what the calendar says for it."""
    return is_open(day, overlay=overlay_for(Authority.FIRM, first=day, last=day))


def is_working_time(moment: datetime) -> bool:
    """Whether the firm works at this moment."""
    local = timezone.localtime(moment)
    return OPENS <= local.time() < CLOSES and is_working_day(local.date())


def next_opening(moment: datetime) -> datetime:
    """This moment where the firm works then, else the next one at which it opens."""
    local = timezone.localtime(moment)
    today = local.date()
    first = today if local.time() < CLOSES else today + timedelta(days=1)
    last = first + LONGEST_CLOSED
    overlay = overlay_for(Authority.FIRM, first=first, last=last)
    day = first
    while day < last and not is_open(day, overlay=overlay):
        day += timedelta(days=1)
    if day == today and local.time() >= OPENS:
        return moment
    return timezone.make_aware(datetime.combine(day, OPENS))
