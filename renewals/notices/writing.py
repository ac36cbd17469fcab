"""How is a planned message put into words? With everything that its reader's desk holds at this moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import cached_property

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from renewals.models import Company, Contact, Delivery, DeliveryState, Detour, Person
from renewals.notices.lines import Blocked
from renewals.notices.message import (
    FULL_LINES,
    ROWS,
    Message,
    Summary,
    compose_client,
    compose_critical,
    compose_digest,
)
from renewals.notices.message_id import new_message_id, thread_id
from renewals.notices.planning import Planned, Purpose
from renewals.notices.readers import Readers
from renewals.notices.returns import Return, waiting_returns
from renewals.notices.standing import Urgent, blocked_of, urgent_of
from renewals.notices.summary import summary_of
from renewals.notices.words import Words
from renewals.vault.held_heads import heads_to_hold

#: So long the tries of a message that was withdrawn count for those that are made after it.
TRIES_COUNT = timedelta(days=14)


class Desk:
    """What the messages of one moment draw on; each part is looked up when the first message asks for it.

    ``seen_at`` is the clock, where it is not the moment itself that is looked at.
    """

    def __init__(self, readers: Readers, *, now: datetime, seen_at: datetime | None = None) -> None:
        self.readers = readers
        self.now = seen_at or now
        self.today = timezone.localdate(now)
        self.words = Words(self.today)

    @cached_property
    def returns(self) -> Mapping[int, Sequence[Return]]:
        """Person → the files that they should have removed."""
        return waiting_returns(today=self.today)

    @cached_property
    def heads(self) -> str:
        """The signed heads of the history, for partners to keep."""
        return heads_to_hold()

    @cached_property
    def urgent(self) -> Mapping[int, Sequence[Urgent]]:
        """Person → what is urgent."""
        return urgent_of(self.readers, today=self.today)

    @cached_property
    def blocked(self) -> tuple[Mapping[int, Sequence[Blocked]], Sequence[Blocked]]:
        """Person → what is held up; and all of it."""
        return blocked_of(self.readers, today=self.today)

    @cached_property
    def tries(self) -> Mapping[str, int]:
        """Address → the most tries of a message that was withdrawn since anything arrived there."""
        lately = Delivery.objects.order_by().filter(created_at__gte=timezone.now() - TRIES_COUNT)
        withdrawn = lately.filter(state=DeliveryState.WITHDRAWN, own_attempts__gt=0)
        tried = list(withdrawn.values_list("pk", "address", "own_attempts"))
        if not tried:
            return {}
        arrived = lately.filter(state=DeliveryState.SENT, address__in={address for _, address, _ in tried})
        last = dict(arrived.values("address").annotate(last=Max("pk")).values_list("address", "last"))
        tries: dict[str, int] = {}
        for pk, address, number in tried:
            if pk > last.get(address, 0):
                tries[address] = max(number, tries.get(address, 0))
        return tries

    @cached_property
    def summary(self) -> Summary:
        """The firm in figures."""
        return summary_of(self.blocked[1], today=self.today, now=self.now)


def word(planned: Planned, desk: Desk) -> Message | None:
    """The words of a planned message; ``None`` where nothing is left to say.

    Lines that cannot be put into words are taken out of the plan, so that they go on waiting.
    """
    if planned.purpose is Purpose.CLIENT:
        return _client(planned, desk)
    return _critical(planned, desk) if planned.purpose is Purpose.CRITICAL else _digest(planned, desk)


def delivery_of(planned: Planned, desk: Desk) -> Delivery | None:
    """The row of a planned message, frozen with its Message-ID but not saved; ``None`` as :func:`word` gives it."""
    message = word(planned, desk)
    if message is None:
        return None
    reader = planned.reader
    person, contact = (reader, None) if isinstance(reader, Person) else (None, reader)
    is_critical = planned.purpose is Purpose.CRITICAL
    certificates = list(planned.certificates)
    return Delivery(
        person=person,
        contact=contact,
        company_id=None if contact is None else contact.company_id,
        day=desk.today,
        purpose=f"{planned.purpose.value}:{min(planned.notices)}" if is_critical else planned.purpose.value,
        is_critical=is_critical,
        thread_id=thread_id(certificates[0]) if is_critical and len(certificates) == 1 else "",
        address=reader.email,
        # Otherwise a mailbox that is full for weeks would have a new message every day, and nobody else be told.
        own_attempts=desk.tries.get(reader.email, 0),
        message_id=new_message_id(),
        subject=message.subject,
        text=message.text,
        html=message.html,
        # By the real clock, also where a round was asked to look from another day.
        next_try_at=timezone.now(),
    )


def _digest(planned: Planned, desk: Desk) -> Message | None:
    person = _person(planned)
    told = planned.certificates
    new, more = desk.words.most_urgent(told, most=FULL_LINES + ROWS)
    _leave_out_unworded(planned, desk)
    returns = desk.returns.get(person.pk, ())
    if not new and not returns and not person.is_partner:
        return None
    urgent: dict[int, Detour] = {
        one.certificate_id: one.detour for one in desk.urgent.get(person.pk, ()) if one.certificate_id not in told
    }
    burning, more_burning = desk.words.most_urgent(urgent, most=FULL_LINES + ROWS)
    return compose_digest(
        name=_first_name(person),
        today=desk.today,
        new=new,
        more=more,
        urgent=burning,
        more_urgent=more_burning,
        blocked=desk.blocked[0].get(person.pk, ()),
        returns=returns,
        heads=desk.heads if person.is_partner else "",
        summary=desk.summary if person.is_partner else None,
    )


def _critical(planned: Planned, desk: Desk) -> Message | None:
    lines = desk.words.lines(planned.certificates)
    _leave_out_unworded(planned, desk)
    return compose_critical(lines, name=_first_name(_person(planned))) if lines else None


def _client(planned: Planned, desk: Desk) -> Message | None:
    contact = planned.reader
    if not isinstance(contact, Contact):
        raise TypeError("a letter to a client goes to a contact")
    lines = desk.words.client_lines(planned.certificates)
    _leave_out_unworded(planned, desk)
    if not lines:
        return None
    company = Company.objects.select_related("responsible").get(pk=contact.company_id)
    return compose_client(
        contact_name=contact.name,
        company=company,
        lines=list(lines.values()),
        firm=parseaddr(settings.DEFAULT_FROM_EMAIL)[0],
        who=str(company.responsible or ""),
    )


def _leave_out_unworded(planned: Planned, desk: Desk) -> None:
    failed = desk.words.failures
    planned.told = [one for one in planned.told if one.telling.line.certificate_id not in failed]


def _person(planned: Planned) -> Person:
    if not isinstance(planned.reader, Person):
        raise TypeError("a message about several companies goes to a person of the firm")
    return planned.reader


def _first_name(person: Person) -> str:
    return person.first_name or str(person)
