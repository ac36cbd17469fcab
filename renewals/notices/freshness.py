"""Is a message that has not left yet still right, or has the world moved on since it was written?"""

from collections.abc import Sequence
from datetime import date, datetime
from time import monotonic
from typing import NamedTuple

from django.utils import timezone

from renewals.expiry.due import silent_ids
from renewals.expiry.silencing import silenced_ids
from renewals.models import Company, Delivery, DeliveryLine, DeliveryState
from renewals.notices.recipients import Directory, contacts_of, directory
from renewals.notices.waiting import NOBODY, known_readers

#: What tells the state of certificates on its day; other messages say what stays true.
OF_A_DAY = ("digest", "client", "critical")
#: A message that was withdrawn so often on its day leaves as it is: better a doubtful line than none.
MOST_WITHDRAWN = 3
#: Seconds for which the list of people is good while one message after the other leaves.
_GOOD_FOR = 10
_LINE = (
    "notice_id",
    "notice__audience",
    "notice__deadline_on",
    "notice__certificate_id",
    "notice__certificate__deadline_on",
    "notice__certificate__company_id",
    "notice__certificate__company__responsible_id",
)


class _Line(NamedTuple):
    """One line of a message, and what its certificate is like by now."""

    notice_id: int
    audience: str
    deadline_on: date
    certificate_id: int
    deadline_by_now: date
    company_id: int
    responsible_id: int | None


class World:
    """What messages are compared with: asked once for many messages that leave within seconds."""

    def __init__(self) -> None:
        self._directory: Directory | None = None
        self._asked_at = 0.0

    def directory(self, *, today: date) -> Directory:
        """Everybody of the firm, no older than a few seconds."""
        if self._directory is None or monotonic() - self._asked_at > _GOOD_FOR:
            self._directory = directory(today=today)
            self._asked_at = monotonic()
        return self._directory


def why_stale(row: Delivery, *, now: datetime, world: World) -> str:
    """Why this message must not leave as it is, or nothing; ``row`` has its person and contact loaded.

    ``recipient_left``: who was to read it has no access any more, or is no contact that gets notices.
    ``outdated``: its day passed before it could leave. ``settled``: a certificate was renewed, given up, silenced or
    got another deadline. ``reader_changed``: somebody else is to be told by now.
    """
    if row.person is not None and not row.person.is_active:
        return "recipient_left"
    if row.purpose.partition(":")[0] not in OF_A_DAY:
        return ""
    if row.person is None and (row.contact is None or not row.contact.gets_notices):
        return "recipient_left"
    today = timezone.localdate(now)
    return "outdated" if row.day < today else _of_lines(row, today=today, world=world)


def is_unsure(row: Delivery) -> bool:
    """Whether the message may have left already: then it is sent again as it is, and nothing else is true."""
    return row.failure_code in {"no_answer", "unexpected_error"}


def _of_lines(row: Delivery, *, today: date, world: World) -> str:
    lines = [_Line(*one) for one in DeliveryLine.objects.filter(delivery=row).values_list(*_LINE)]
    certificates = {line.certificate_id for line in lines}
    if not lines:
        return ""
    if not _has_right_reader(row, lines, world.directory(today=today)):
        return "reader_changed"
    moved = any(line.deadline_on != line.deadline_by_now for line in lines)
    is_settled = moved or silent_ids(certificates) or silenced_ids(certificates, today=today)
    return "settled" if is_settled and not _withdrawn_too_often(row) else ""


def _has_right_reader(row: Delivery, lines: Sequence[_Line], people: Directory) -> bool:
    known = known_readers({line.notice_id for line in lines})
    # Contacts decide about what clients are told, and about nothing else.
    companies = {line.company_id for line in lines if line.audience == "client"}
    contacts = contacts_of(companies) if companies else {}
    for line in lines:
        to = people.recipients_of(
            line.audience,
            Company(pk=line.company_id, responsible_id=line.responsible_id),
            contacts=contacts.get(line.company_id, ()),
            refused_addresses=known.get(line.notice_id, NOBODY).refused_addresses,
        )
        if row.person_id not in {one.pk for one in to.people} and row.contact_id not in {one.pk for one in to.contacts}:
            return False
    return True


def _withdrawn_too_often(row: Delivery) -> bool:
    before = Delivery.objects.filter(
        state=DeliveryState.WITHDRAWN,
        person=row.person_id,
        contact=row.contact_id,
        purpose=row.purpose,
        day=row.day,
    )
    return before.count() >= MOST_WITHDRAWN
