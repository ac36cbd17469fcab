"""In whose hands is a renewal, and how does it come into somebody else's?

Whoever gives it away may leave a note; it is shown to the next person until they do something in the renewal.
"""

from datetime import datetime

from django.db import transaction

from renewals import audit
from renewals.access import Right, company_for, may
from renewals.clients.assignments import who_may_answer
from renewals.errors import RenewalClosed
from renewals.errors.handing_over import AlreadyInCharge, CannotTakeRenewal, HandedOverMeanwhile
from renewals.models import Company, Person, Renewal

LONGEST_NOTE = 500


def hand_over(*, renewal: Renewal, to: Person, in_hands_of: int | None, note: str, by: Person, now: datetime) -> None:
    """Give a renewal to another person; ``in_hands_of``: the id of whoever had it when that was decided.

    Raises:
        NotVisible, NotPermitted: ``by`` does not work for the company.
        CannotTakeRenewal: the other does not.
        AlreadyInCharge: it is theirs already.
        HandedOverMeanwhile, RenewalClosed: somebody was faster.
    """
    company_for(by, renewal.company_id, Right.WORK)
    if not _works_for(to, renewal.company):
        raise CannotTakeRenewal(person=str(to))
    note = note.strip()[:LONGEST_NOTE]
    _give(renewal, to, in_hands_of, "renewal.handed_over", note=note, by=by, now=now)


def take_over(*, renewal: Renewal, in_hands_of: int | None, by: Person, now: datetime) -> None:
    """Take a renewal into one's own hands; ``in_hands_of`` as for :func:`hand_over`. A note stays to be read.

    Raises:
        NotVisible, NotPermitted: the person does not work for the company.
        AlreadyInCharge: it is theirs already.
        HandedOverMeanwhile, RenewalClosed: somebody was faster.
    """
    company_for(by, renewal.company_id, Right.WORK)
    _give(renewal, by, in_hands_of, "renewal.taken_over", note=renewal.handover_note, by=by, now=now)


def who_may_take(company: Company) -> list[Person]:
    """Everybody who works for a company today: partners, those it is assigned to, and who stands in for these."""
    return [person for person in who_may_answer().order_by("username") if _works_for(person, company)]


def note_is_read(renewal_id: int, *, by: Person) -> None:
    """Whoever has a renewal in hand did something in it: the note that was left for them has done its work."""
    Renewal.objects.filter(pk=renewal_id, assignee=by).exclude(handover_note="").update(handover_note="")


def _works_for(person: Person, company: Company) -> bool:
    return may(person, Right.WORK) and Company.objects.visible_to(person).filter(pk=company.pk).exists()


def _give(
    renewal: Renewal, to: Person, in_hands_of: int | None, name: str, *, note: str, by: Person, now: datetime
) -> None:
    if in_hands_of == to.pk:
        raise AlreadyInCharge(person=str(to))
    seen = Renewal.objects.filter(pk=renewal.pk, open=True, assignee=in_hands_of)
    with transaction.atomic():
        if seen.update(assignee=to, handover_note=note, handed_over_at=now) != 1:
            raise _who_was_faster(renewal)
        _record(name, renewal, by=by, person=to.username, note=note)


def _who_was_faster(renewal: Renewal) -> RenewalClosed | HandedOverMeanwhile:
    fresh = Renewal.objects.select_related("assignee").get(pk=renewal.pk)
    return HandedOverMeanwhile(person=str(fresh.assignee or "")) if fresh.open else RenewalClosed()


def _record(name: str, renewal: Renewal, *, by: Person, **facts: str) -> None:
    audit.record(name, by=by, subject=renewal, company=renewal.company_id, **facts)
