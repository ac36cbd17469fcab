"""What would be sent on a day, to whom, and how would it look? The round's own plan and words; nothing is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from renewals.errors.previews import PreviewOfThePast, PreviewTooFar
from renewals.expiry.calendar import is_open
from renewals.expiry.overlay import overlay_for
from renewals.expiry.working_time import LONGEST_CLOSED, is_working_time, next_opening
from renewals.models import Authority, Company, Contact
from renewals.notices.digest import planned_for
from renewals.notices.foreseeing import Span, foresee
from renewals.notices.message import Message
from renewals.notices.planning import Planned, Purpose
from renewals.notices.readers import Readers
from renewals.notices.slices import sliced
from renewals.notices.waiting import sort_out
from renewals.notices.writing import Desk, word

#: Further ahead than a year everything will have changed.
FURTHEST = timedelta(days=366)
ONE_DAY = timedelta(days=1)
NOON = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Preview:
    """The messages of a moment to come, as they would be if nobody did anything until then.

    ``in_hours``: whether those that can wait are among them. ``unreachable``: lines that nobody could be told.
    ``is_cut``: there is more than is looked at.
    """

    day: date
    in_hours: bool
    messages: Sequence[Planned]
    unreachable: int
    is_cut: bool
    desk: Desk

    def named(self, name: str) -> Planned | None:
        """The message of this name, as :func:`name_of` gives it."""
        return next((planned for planned in self.messages if name_of(planned) == name), None)

    def words(self, planned: Planned) -> Message | None:
        """How one of the messages would look; ``None`` where none of its lines can be put into words."""
        return word(planned, self.desk)


def preview(*, at: datetime, now: datetime) -> Preview:
    """What the round of a moment would send, as if every round until the day before had run; ``now`` is the clock.

    On the day itself it is what the next round would make besides what was made already.

    Raises:
        PreviewOfThePast: the day has passed.
        PreviewTooFar: it is more than a year ahead.
    """
    day, today = timezone.localdate(at), timezone.localdate(now)
    if day < today:
        raise PreviewOfThePast
    if day - today > FURTHEST:
        raise PreviewTooFar(days=FURTHEST.days)
    in_hours = is_working_time(at)
    foreseen = foresee(Span(today=today, day=day, mailed_on=_mailed_on(day, today=today)))
    desk = Desk(Readers.on(day), now=at, seen_at=now)
    sorted_out = sort_out(foreseen.lines, foreseen.deadlines, today=day)
    found = planned_for(sorted_out, desk, in_hours=in_hours)
    return Preview(
        day=day,
        in_hours=in_hours,
        messages=sorted(found.messages, key=_in_order),
        unreachable=found.unreachable,
        is_cut=foreseen.is_cut,
        desk=desk,
    )


def companies_of(messages: Iterable[Planned]) -> dict[int, str]:
    """The names of the companies whose contacts read these messages, by id."""
    ids = {planned.reader.company_id for planned in messages if isinstance(planned.reader, Contact)}
    found: dict[int, str] = {}
    for some in sliced(ids):
        found |= dict(Company.objects.filter(pk__in=some).order_by().values_list("pk", "name"))
    return found


def name_of(planned: Planned) -> str:
    """How a message is known among those of its day, for as long as nothing changes: «digest-person-7»."""
    kind, pk = planned.key
    certificates = planned.certificates
    apart = [str(one) for one in certificates] if planned.purpose is Purpose.CRITICAL and len(certificates) == 1 else []
    return "-".join([planned.purpose.value, kind, str(pk), *apart])


def moment_of(day: date, *, now: datetime) -> datetime:
    """When a day's messages are made: at the firm's opening, at noon where it is closed; today no earlier than now."""
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    opening = next_opening(midnight)
    at = opening if timezone.localdate(opening) == day else midnight + NOON
    return max(at, now) if day == timezone.localdate(now) else at


def _mailed_on(day: date, *, today: date) -> date | None:
    """The last working day before ``day``, if it is not before today."""
    overlay = overlay_for(Authority.FIRM, first=max(today, day - LONGEST_CLOSED), last=day)
    before = day - ONE_DAY
    while before >= today and not is_open(before, overlay=overlay):
        before -= ONE_DAY
    return before if before >= today else None


def _in_order(planned: Planned) -> tuple[str, str, str, tuple[int, ...]]:
    kind, _ = planned.key
    return (kind, str(planned.reader), planned.purpose.value, tuple(planned.certificates))
