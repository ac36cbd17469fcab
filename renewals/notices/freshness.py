"""Is a message that has not left yet still right, or has the world moved on since it was written?"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from time import monotonic
from typing import NamedTuple

import structlog
from django.utils import timezone

from renewals.expiry.due import silent_ids
from renewals.expiry.silencing import silenced_ids
from renewals.models import Company, Delivery, DeliveryLine, DeliveryState, RequestState
from renewals.models.notice import DeliveryQuerySet
from renewals.notices.asking_clients import is_over
from renewals.notices.recipients import Directory, contacts_of, directory
from renewals.notices.waiting import NOBODY, known_readers

log = structlog.get_logger(__name__)

#: What tells the state of certificates on its day; other messages say what stays true.
OF_A_DAY = ("digest", "client", "critical")
#: What became of a try of which nobody knows whether it arrived.
UNSURE = ("no_answer", "unexpected_error")
#: A message that was withdrawn so often on its day leaves as it is: better a doubtful line than none.
MOST_WITHDRAWN = 3
#: While one message after the other leaves, so many are compared together, and what was found is good for some seconds.
TOGETHER = 50
_GOOD_FOR = 10
_LINE = (
    "delivery_id",
    "delivery__person_id",
    "delivery__contact_id",
    "notice_id",
    "notice__audience",
    "notice__deadline_on",
    "notice__certificate_id",
    "notice__certificate__deadline_on",
    "notice__certificate__company_id",
    "notice__certificate__company__responsible_id",
)


class _Line(NamedTuple):
    """One line of a message, who reads it, and what its certificate is like by now."""

    delivery_id: int
    person_id: int | None
    contact_id: int | None
    notice_id: int
    audience: str
    deadline_on: date
    certificate_id: int
    deadline_by_now: date
    company_id: int
    responsible_id: int | None


class World:
    """What messages are compared with; asked for many of them at once where they leave one after the other."""

    def __init__(self, *, together: int = 1) -> None:
        self.together = together
        self._found: dict[int, str] = {}
        self._asked_at = 0.0

    def of_lines(self, row: Delivery, *, now: datetime) -> str:
        """Why the lines of a message are no longer right, or nothing."""
        if row.pk not in self._found or monotonic() - self._asked_at > _GOOD_FOR:
            try:
                self._compare(self._next(row, now), now)
            except Exception:
                # Whichever of them it was, it must not keep the others from leaving.
                log.exception("delivery.not_compared_together", delivery=row.pk)
                self._compare([row.pk], now)
        return self._found[row.pk]

    def _compare(self, deliveries: Collection[int], now: datetime) -> None:
        self._found = dict.fromkeys(deliveries, "") | _compared(deliveries, today=timezone.localdate(now))
        self._asked_at = monotonic()

    def _next(self, row: Delivery, now: datetime) -> list[int]:
        """This one, and those that leave after it."""
        if self.together == 1:
            return [row.pk]
        due = Delivery.objects.due(now=now).by_turn()
        return [row.pk, *due.values_list("pk", flat=True)[: self.together]]


def why_stale(row: Delivery, *, now: datetime, world: World) -> str:
    """Why this message must not leave as it is, or nothing; ``row`` has its person, contact and company loaded.

    ``recipient_left``: as :func:`has_left`.
    ``outdated``: its day passed before it could leave. ``settled``: a certificate was renewed, given up, silenced or
    got another deadline. ``reader_changed``: somebody else is to be told by now. ``request_over``: its link would open
    nothing any more.
    """
    if is_over(row, now=now):
        return "request_over"
    if has_left(row):
        return "recipient_left"
    if row.purpose.partition(":")[0] not in OF_A_DAY:
        return ""
    if row.day < timezone.localdate(now):
        return "outdated"
    reason = world.of_lines(row, now=now)
    return "" if reason == "settled" and _withdrawn_too_often(row) else reason


def has_left(row: Delivery) -> bool:
    """Whether its reader gets nothing any more: no access, no contact who gets notices, the company left, or the
    question that it carries was answered or taken back.
    """
    if row.request is not None:
        return row.request.state != RequestState.OPEN
    if row.person is not None:
        return not row.person.is_active
    return row.contact is None or not row.contact.gets_notices or row.contact.company.closed_at is not None


def is_unsure(row: Delivery) -> bool:
    """Whether the message may have left already: then it is sent again as it is, unless its reader has left."""
    return row.failure_code in UNSURE


def missed_their_day(rows: DeliveryQuerySet, *, today: date) -> DeliveryQuerySet:
    """Those that will never leave: the day of which they tell is over, and no try of theirs can have arrived."""
    waiting = rows.filter(state=DeliveryState.PENDING, day__lt=today, purpose__in=["digest", "client"])
    return waiting.exclude(failure_code__in=UNSURE)


def _compared(deliveries: Collection[int], *, today: date) -> dict[int, str]:
    """Message → why it is no longer right, for those that are not; in a fixed number of questions."""
    rows = DeliveryLine.objects.filter(delivery__in=deliveries).values_list(*_LINE)
    lines = [_Line(*one) for one in rows]
    certificates = {line.certificate_id for line in lines}
    quiet = silent_ids(certificates) | silenced_ids(certificates, today=today)
    is_right_reader = _right_readers(lines, directory(today=today)) if lines else None
    found: dict[int, str] = {}
    for line in lines:
        if is_right_reader is not None and not is_right_reader(line):
            found[line.delivery_id] = "reader_changed"
        elif line.certificate_id in quiet or line.deadline_on != line.deadline_by_now:
            found.setdefault(line.delivery_id, "settled")
    return found


def _right_readers(lines: Sequence[_Line], people: Directory) -> Callable[[_Line], bool]:
    known = known_readers({line.notice_id for line in lines})
    # Contacts decide about what clients are told, and about nothing else.
    companies = {line.company_id for line in lines if line.audience == "client"}
    contacts = contacts_of(companies) if companies else {}

    def is_right(line: _Line) -> bool:
        to = people.recipients_of(
            line.audience,
            Company(pk=line.company_id, responsible_id=line.responsible_id),
            contacts=contacts.get(line.company_id, ()),
            refused_addresses=known.get(line.notice_id, NOBODY).refused_addresses,
        )
        return line.person_id in {one.pk for one in to.people} or line.contact_id in {one.pk for one in to.contacts}

    return is_right


def _withdrawn_too_often(row: Delivery) -> bool:
    before = Delivery.objects.filter(
        state=DeliveryState.WITHDRAWN,
        person=row.person_id,
        contact=row.contact_id,
        purpose=row.purpose,
        day=row.day,
    )
    return before.count() >= MOST_WITHDRAWN
