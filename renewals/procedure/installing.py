"""Where must a new certificate be installed again, and what became of each place?

Every place of the company's list is answered for before the renewal closes. What is left for later stays on the
renewal's page, the company's and the dashboard until somebody says that it is done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import FilteredRelation, Q

from renewals import audit
from renewals.audit import Actor
from renewals.clients import installations
from renewals.errors import AlreadyMoved, AnswerMissing, RenewalClosed
from renewals.errors.installations import PlaceGone, PlacesUnanswered
from renewals.models import (
    Company,
    Installation,
    InstallationAnswer,
    InstallationTick,
    Person,
    Renewal,
    RenewalState,
)
from renewals.models.installation import InstallationTickQuerySet
from renewals.procedure.steps import plan_of


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the list, and what was said of it in a renewal; ``answer`` is empty where nothing was."""

    id: int
    name: str
    note: str
    answer: str
    by: str
    at: datetime | None

    @property
    def is_left(self) -> bool:
        """Whether the certificate has still to be installed there."""
        return self.answer == InstallationAnswer.LATER


def places_of(renewal: Renewal) -> list[Place]:
    """The places that a renewal has to answer for, or that it answered for once it is closed; one query."""
    rows = Installation.objects.filter(company=renewal.company_id, kind=renewal.certificate.kind)
    rows = rows.annotate(tick=FilteredRelation("ticks", condition=Q(ticks__renewal=renewal)))
    rows = rows.in_use() if renewal.open else rows.filter(ticks__renewal=renewal)
    who = ("tick__by__first_name", "tick__by__last_name", "tick__by__username")
    told = rows.order_by("name", "id").values_list("pk", "name", "note", "tick__answer", "tick__at", *who)
    return [
        Place(
            id=pk,
            name=name,
            note=note,
            answer=answered or "",
            by=f"{first_name or ''} {last_name or ''}".strip() or username or "",
            at=at,
        )
        for pk, name, note, answered, at, first_name, last_name, username in told
    ]


def is_last_step(renewal: Renewal, key: str) -> bool:
    """Whether the places are asked for at this step: it is the last one of the plan."""
    return plan_of(renewal.plan, renewal.edition).steps[-1].key == key


def answer(*, renewal: Renewal, answers: Mapping[int, str], by: Person, now: datetime) -> None:
    """Say of some places whether the new certificate is installed there; a later answer takes the place of an earlier.

    At the last step, and after the end for what was left for later.

    Raises:
        AnswerMissing: nothing was answered, or something that is no answer.
        PlaceGone: a place is not on the list any more, or nothing was left for later there.
        RenewalClosed, AlreadyMoved: the renewal is not where it can be answered.
    """
    if not answers or not set(answers.values()) <= set(InstallationAnswer.values):
        raise AnswerMissing(field="places")
    with transaction.atomic():
        known = _answerable(renewal)
        if not set(answers) <= known:
            raise PlaceGone
        InstallationTick.objects.bulk_create(
            [
                InstallationTick(renewal=renewal, installation_id=pk, answer=one, by=by, at=now)
                for pk, one in sorted(answers.items())
            ],
            update_conflicts=True,
            unique_fields=["renewal", "installation"],
            update_fields=["answer", "by", "at"],
        )
        counted = {one.value: list(answers.values()).count(one.value) for one in InstallationAnswer}
        audit.record("renewal.places_answered", by=by, subject=renewal, company=renewal.company_id, **counted)
        if not renewal.open:
            _take_off(_unused(renewal, among=answers), by=by, now=now)


def forget_answers(*, renewal: Renewal) -> None:
    """Ask for every place anew, in the caller's transaction: what was installed there is the renewal's no more."""
    InstallationTick.objects.filter(renewal=renewal).delete()


def require_answered(renewal: Renewal) -> None:
    """Refuse to close a renewal over a place that nobody has answered for. Raises PlacesUnanswered."""
    open_ones = [one.name for one in places_of(renewal) if not one.answer]
    if open_ones:
        raise PlacesUnanswered(places=", ".join(open_ones))


def take_off_unused(*, renewal: Renewal, by: Actor, now: datetime) -> None:
    """Take those places off the list in which the certificate is not used any more, in the caller's transaction."""
    if isinstance(by, Person):
        _take_off(_unused(renewal), by=by, now=now)


def still_to_install(person: Person, *, company: Company | None = None) -> InstallationTickQuerySet:
    """What was left for later in the person's companies, or in one of them, oldest first; a newer renewal asks anew."""
    rows = InstallationTick.objects.visible_to(person).left()
    if company is not None:
        rows = rows.filter(installation__company=company)
    return rows.select_related("installation__company", "renewal").order_by("at", "pk")


def _answerable(renewal: Renewal) -> set[int]:
    """The places that may be answered for now; what is open is held, so that a closing waits for this transaction."""
    if renewal.open:
        last = plan_of(renewal.plan, renewal.edition).steps[-1].key
        stands = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN)
        if stands.filter(current_step=last).update(current_step=last) != 1:
            raise RenewalClosed if not stands.exists() else AlreadyMoved
        rows = Installation.objects.in_use().filter(company=renewal.company_id, kind=renewal.certificate.kind)
        return set(rows.values_list("pk", flat=True))
    left = InstallationTick.objects.left().filter(renewal=renewal)
    return set(left.values_list("installation_id", flat=True))


def _unused(renewal: Renewal, among: Iterable[int] | None = None) -> list[Installation]:
    rows = Installation.objects.in_use().filter(ticks__renewal=renewal, ticks__answer=InstallationAnswer.NOT_USED)
    return list(rows if among is None else rows.filter(pk__in=list(among)))


def _take_off(places: Iterable[Installation], *, by: Person, now: datetime) -> None:
    for one in places:
        installations.remove(installation=one, by=by, now=now)
