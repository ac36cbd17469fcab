"""Which messages does this moment need? One a person a day with every line that waits for them; at once what burns."""

from datetime import datetime

import structlog
from django.utils import timezone

from renewals import dispatch
from renewals.audit import Actor
from renewals.expiry.working_time import is_working_time
from renewals.models import Delivery, DeliveryState, Person
from renewals.notices.making import Assembled, drop, make, settle
from renewals.notices.planning import Key, Moment, Plan, Purpose, plan
from renewals.notices.readers import Readers
from renewals.notices.waiting import SortedOut, known_readers, sort_out, waiting_lines
from renewals.notices.writing import Desk, delivery_of

log = structlog.get_logger(__name__)


def assemble(*, now: datetime, by: Actor) -> Assembled:
    """Make the messages of this moment from the lines that wait; whoever already has today's is told tomorrow.

    What is critical is told at any hour; everything else on working days of the firm, in its working hours. Messages
    are written before anything is sent: text, HTML and Message-ID are frozen here. Two assemblies at once make each
    message once, by its unique constraint.
    """
    assembled = Assembled()
    desk = Desk(Readers.on(timezone.localdate(now)), now=now)
    sorted_out = sort_out(*waiting_lines(), today=desk.today)
    assembled.moot = drop(sorted_out.moot, by=by)
    found = planned_for(sorted_out, desk, in_hours=is_working_time(now))
    settle(found.settled)
    assembled.unreachable = found.unreachable
    desk.words.expect(pk for message in found.messages for pk in message.certificates)
    for bundle in found.bundles:
        make(bundle, lambda planned: delivery_of(planned, desk), assembled, by=by)
    assembled.failures += [
        {"certificate": certificate, "error": error} for certificate, error in desk.words.failures.items()
    ]
    if assembled.unreachable:
        # No good round: whoever watches over the program has to hear of it, since nobody gets a mail.
        assembled.failures.append({"unreachable": assembled.unreachable, "error": "nobody_to_tell"})
        log.error("digest.nobody_to_tell", notices=assembled.unreachable)
    if cut_off := desk.readers.directory.cut_off:
        # Also while all that was to be told is on its way to them: it will come back.
        assembled.failures.append({"partners": cut_off, "error": "nobody_to_tell"})
    if assembled.deliveries:
        dispatch.wake("renewals.work_pending")
    return assembled


def planned_for(sorted_out: SortedOut, desk: Desk, *, in_hours: bool) -> Plan:
    """Which messages the lines need on this desk's day; ``in_hours``: whether what can wait is told now."""
    lines = [telling.line for telling in sorted_out.tell]
    desk.readers.learn({line.company_id for line in lines})
    return plan(
        sorted_out.tell,
        recipients=desk.readers.of_line,
        # Lines that no round has written yet are known to nobody.
        known=known_readers({line.pk for line in lines if line.pk > 0}),
        moment=_in_hours(desk) if in_hours else Moment(in_hours=False, served=(), always=()),
    )


def _in_hours(desk: Desk) -> Moment:
    made = Delivery.objects.filter(day=desk.today, purpose__in=[Purpose.DIGEST, Purpose.CLIENT]).exclude(
        state=DeliveryState.WITHDRAWN
    )
    served: set[Key] = set()
    for row in made.only("person", "contact"):
        served.add(("person", row.person_id) if row.person_id is not None else ("contact", row.contact_id or 0))
    return Moment(in_hours=True, served=served, always=_every_day(desk))


def _every_day(desk: Desk) -> list[Person]:
    """Partners, for the firm's figures, and those who are asked for files."""
    people = desk.readers.directory
    asked = (person for pk, person in people.everybody.items() if pk in desk.returns and people.is_reachable(person))
    return list(dict.fromkeys([*people.partners, *asked]))
