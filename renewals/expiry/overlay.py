"""Which days did an authority, or the firm, close or open besides the law, where, and who wrote it down?"""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from renewals import audit
from renewals.access import Right, require
from renewals.errors.calendar import (
    CalendarDayGone,
    CalendarDayKnown,
    CalendarDayOfNowhere,
    CalendarDayUnchanged,
    CalendarDayUnsourced,
)
from renewals.expiry.calendar import Overlay, is_open
from renewals.models import Authority, CalendarDay, Person

_LONGEST_SOURCE = 200


@dataclass(frozen=True, slots=True)
class _Word:
    """What one row says of one day."""

    day: date
    is_for_one: bool
    region: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Overlays:
    """What was decided for the offices of one authority in a span of days, ready for any state."""

    words: tuple[_Word, ...]

    def of(self, region: str = "") -> Overlay:
        """What counts in this state (a code of ``Region``); without one, what counts everywhere.

        Of several words on one day the narrowest counts: that of the authority before that for everybody, and then
        that of the state before that for all of them.
        """
        here = [one for one in self.words if one.region in {"", region}]
        last_word = {one.day: one.is_open for one in sorted(here, key=lambda one: (one.is_for_one, one.region != ""))}
        return Overlay(
            closed=frozenset(day for day, is_open in last_word.items() if not is_open),
            opened=frozenset(day for day, is_open in last_word.items() if is_open),
        )


def overlays(authority: Authority, *, first: date, last: date) -> Overlays:
    """What was decided for these offices between two days, both included; one query for every state."""
    rows = CalendarDay.objects.between(first, last).of_offices(authority)
    told = rows.values_list("day", "authority", "region", "is_open")
    return Overlays(
        tuple(_Word(day, whose != Authority.EVERYBODY, region, is_open) for day, whose, region, is_open in told)
    )


def overlay_for(authority: Authority, *, first: date, last: date, region: str = "") -> Overlay:
    """What counts for these offices in one state between two days, both included."""
    return overlays(authority, first=first, last=last).of(region)


def days_of(year: int) -> QuerySet[CalendarDay]:
    """Every word on a day of this year, in order, with the person who wrote it."""
    return CalendarDay.objects.between(date(year, 1, 1), date(year, 12, 31)).select_related("by")


def add_day(*, day: date, authority: Authority, region: str, opens: bool, source: str, by: Person) -> CalendarDay:
    """Write down that offices are open, or closed, on a day on which the law says other.

    ``region`` is a code of ``Region``, empty for all states.

    Raises:
        NotPermitted: the person is no partner.
        CalendarDayUnsourced, CalendarDayOfNowhere, CalendarDayUnchanged, CalendarDayKnown: as they say.
    """
    require(by, Right.MANAGE)
    said = " ".join(source.split())[:_LONGEST_SOURCE]
    if not said:
        raise CalendarDayUnsourced
    if region and authority is Authority.FIRM:
        raise CalendarDayOfNowhere
    # Beside other words on that day it may well say what the law says: a narrower one takes back a wider one.
    if is_open(day) is opens and not CalendarDay.objects.between(day, day).exists():
        raise CalendarDayUnchanged(is_open=opens)
    made = CalendarDay(day=day, authority=authority, region=region, is_open=opens, source=said, by=by)
    with transaction.atomic():
        _insert(made)
        _record("calendar.day_added", made, by=by)
    return made


def remove_day(*, day_id: int, by: Person) -> None:
    """Take a word out of the calendar; the history keeps it.

    Raises:
        NotPermitted: the person is no partner.
        CalendarDayGone: somebody removed it meanwhile.
    """
    require(by, Right.MANAGE)
    with transaction.atomic():
        gone = CalendarDay.objects.filter(pk=day_id).first()
        if gone is None or not CalendarDay.objects.filter(pk=day_id).delete()[0]:
            raise CalendarDayGone
        _record("calendar.day_removed", gone, by=by)


def _insert(made: CalendarDay) -> None:
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise CalendarDayKnown from error


def _record(name: str, one: CalendarDay, *, by: Person) -> None:
    audit.record(
        name,
        by=by,
        subject=one,
        day=one.day.isoformat(),
        authority=one.authority,
        region=one.region,
        is_open=one.is_open,
        source=one.source,
    )
