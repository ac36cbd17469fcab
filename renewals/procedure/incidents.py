"""What becomes of the renewals that need a portal while the portal does not work?

Somebody says it once. A worker then makes every renewal wait whose current step is done there, one by one, also those
that reach such a step later; and wakes them all when somebody says that the portal is back. An incident holds a renewal
once: whoever finds that the portal works all the same, and goes on, is not stopped again.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from renewals import audit, dispatch
from renewals.access import Right, require
from renewals.audit import Machine
from renewals.errors.waiting import IncidentAlreadyOpen, IncidentOver, IncidentUnexplained
from renewals.models import Incident, Person, Portal, Renewal, RenewalState, RenewalStep, StepState, Wait, WaitEnd
from renewals.models.certificate import Kind
from renewals.models.renewal import RenewalQuerySet
from renewals.procedure import waiting
from renewals.procedure.steps import PLANS, plan_of

SHORTEST_WHAT = 5
LONGEST_WHAT = 300
PORTALS = Machine("portals")
#: A step that somebody, or the clock, could move on: with its portal down, a screen does not go on by itself either.
_CAN_GO_ON = Q(state__in=[StepState.PENDING, StepState.FAILED]) | Q(state=StepState.WAITING, check_at__isnull=False)
#: The general plan speaks of the SAT's portal for the kinds that the SAT issues; others are got elsewhere.
_OF_SAT = (Kind.EFIRMA, Kind.CSD)


def open_incident(*, portal: str, what: str, by: Person, now: datetime) -> Incident:
    """Say that a portal (a value of ``Portal``) does not work, and what people see there.

    Raises:
        NotPermitted: the person only looks.
        IncidentUnexplained: nobody could tell what it is about.
        IncidentAlreadyOpen: somebody said so already.
    """
    require(by, Right.WORK)
    what = " ".join(what.split())[:LONGEST_WHAT]
    if len(what) < SHORTEST_WHAT:
        raise IncidentUnexplained(shortest=SHORTEST_WHAT)
    incident = Incident(portal=Portal(portal), what=what, opened_by=by, opened_at=now)
    with transaction.atomic():
        try:
            with transaction.atomic():
                incident.save(force_insert=True)
        except IntegrityError as error:
            raise IncidentAlreadyOpen from error
        audit.record("incident.opened", by=by, subject=incident, portal=portal, what=what)
        dispatch.wake("renewals.work_pending")
    return incident


def close_incident(*, incident: Incident, note: str, by: Person, now: datetime) -> None:
    """Say that the portal is back; ``note`` may say how it ended.

    Raises:
        NotPermitted: the person only looks.
        IncidentOver: somebody said so already.
    """
    require(by, Right.WORK)
    note = " ".join(note.split())[:LONGEST_WHAT]
    with transaction.atomic():
        closed = {"open": None, "closed_by": by, "closed_at": now, "closing_note": note}
        if Incident.objects.filter(pk=incident.pk, open=True).update(**closed) != 1:
            raise IncidentOver
        audit.record("incident.closed", by=by, subject=incident, portal=incident.portal, note=note)
        dispatch.wake("renewals.work_pending")


def open_incidents() -> list[Incident]:
    """The incidents that are not over, with who said so; at most one a portal."""
    return list(Incident.objects.filter(open=True).select_related("opened_by").order_by("portal"))


def open_incident_of(portal: str) -> Incident | None:
    """The incident of one portal that is not over."""
    return Incident.objects.filter(open=True, portal=portal).select_related("opened_by").first()


def past_incidents() -> QuerySet[Incident]:
    """Those that are over, the last one first."""
    return Incident.objects.filter(open=None).select_related("opened_by", "closed_by")


def count_held(incident: Incident, *, person: Person) -> int:
    """How many renewals wait for this portal, of those that the person may know of."""
    return Renewal.objects.visible_to(person).held_by(incident).count()


def portal_of(renewal: Renewal, step_key: str) -> str:
    """The portal at which a step of this renewal is done, as a value of ``models.Portal``; empty where at none."""
    portal = plan_of(renewal.plan, renewal.edition).step(step_key).portal.value
    return "" if portal == Portal.SAT and renewal.certificate.kind not in _OF_SAT else str(portal)


def renewals_to_hold(_now: datetime, limit: int) -> list[int]:
    """The renewals that stand at a step of a portal that does not work, and that this incident has not held yet."""
    found: list[int] = []
    for incident in Incident.objects.filter(open=True).order_by("pk"):
        rows = _standing_at(incident.portal).exclude(pk__in=incident.waits.values("renewal"))
        found += rows.order_by("pk").values_list("pk", flat=True)[: limit - len(found)]
    return found


def hold(*, renewal_id: int, now: datetime) -> None:
    """Let one renewal wait for its portal; one that need not (any more) is left alone.

    Raises:
        AlreadyMoved: somebody moved it at this moment.
    """
    renewal = Renewal.objects.select_related("certificate").get(pk=renewal_id)
    if renewal.state != RenewalState.OPEN:
        return
    incident = Incident.objects.filter(open=True, portal=portal_of(renewal, renewal.current_step)).first()
    if incident is not None and not incident.waits.filter(renewal=renewal).exists():
        waiting.hold_for_incident(renewal=renewal, incident=incident, by=PORTALS, now=now)


def waits_to_wake(_now: datetime, limit: int) -> list[int]:
    """The renewals that wait for a portal that is back."""
    rows = Wait.objects.open().filter(incident__isnull=False, incident__open=None).order_by("pk")
    return list(rows.values_list("renewal", flat=True)[:limit])


def wake_up(*, renewal_id: int, now: datetime) -> None:
    """Let one renewal go on whose portal is back; one that somebody woke before is left alone."""
    with transaction.atomic():
        waiting.close_wait(renewal_id, how=WaitEnd.PORTAL_BACK, by=PORTALS, now=now)


def _standing_at(portal: str) -> RenewalQuerySet:
    """Open renewals whose current step is done at a portal and could be handed in, and that wait for nothing."""
    here = Q(pk__in=())
    for plan in PLANS:
        keys = [step.key for step in plan.steps if step.portal.value == portal]
        here |= Q(plan=plan.name, edition=plan.edition, current_step__in=keys)
    rows = Renewal.objects.filter(here, _has_step(_CAN_GO_ON), state=RenewalState.OPEN)
    rows = rows.filter(certificate__kind__in=_OF_SAT) if portal == Portal.SAT else rows
    return rows.exclude(pk__in=Wait.objects.open().values("renewal"))


def _has_step(standing: Q) -> Exists:
    return Exists(RenewalStep.objects.filter(standing, renewal=OuterRef("pk"), key=OuterRef("current_step")))
