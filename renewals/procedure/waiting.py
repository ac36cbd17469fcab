"""How does a renewal begin to wait for somebody outside, and how is the wait over?

A wait is a row of its own, kept for ever; the current step stands in ``WAITING`` while it is open, and can be handed in
all the same. A wait does not raise the version of the step: whoever is filling in its form loses nothing because a
colleague, or an incident of the portal, says meanwhile that it waits. Whoever writes here claims the row of the renewal
first, then the step, then the wait, as every other change of a step does.
"""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from renewals import audit
from renewals.audit import Actor
from renewals.errors import AlreadyMoved, Fact, RenewalClosed
from renewals.errors.waiting import (
    AlreadyWaiting,
    CheckDayClosed,
    CheckDayWrong,
    NothingToWaitFor,
    NotWaiting,
    StepBeingChecked,
    WaitCauseMissing,
    WaitEndsWithIncident,
)
from renewals.models import Incident, Person, Renewal, RenewalState, RenewalStep, StepState, Wait, WaitEnd, WaitKind
from renewals.procedure import limits
from renewals.procedure.steps import plan_of

SHORTEST_CAUSE: Final = 5
LONGEST_CAUSE: Final = 300
#: What a gate says that a step waits for → who is waited for; other holds are a matter of the firm or of minutes.
HELD_BY_GATE: Final[Mapping[str, WaitKind]] = MappingProxyType(
    {
        "portal_revoked": WaitKind.APPOINTMENT,
        "portal_no_link": WaitKind.PORTAL,
        "mail_stopped": WaitKind.PORTAL,
    }
)


def begin_wait(*, renewal: Renewal, kind: str, cause: str, check_on: date, by: Actor, now: datetime) -> Wait:
    """Say that the current step cannot go on, for whom or what it waits, and on which day somebody asks again.

    ``kind`` is a value of ``WaitKind``. Joins the caller's transaction where there is one.

    Raises:
        WaitCauseMissing, CheckDayWrong, CheckDayClosed: nobody could make anything of it.
        RenewalClosed, AlreadyWaiting, StepBeingChecked, AlreadyMoved: it does not stand where it could begin to wait.
        NothingToWaitFor: the step is the machine's own, or wants only a colleague's word.
    """
    cause = " ".join(cause.split())[:LONGEST_CAUSE]
    if len(cause) < SHORTEST_CAUSE:
        raise WaitCauseMissing(shortest=SHORTEST_CAUSE)
    require_check_day(check_on, today=timezone.localdate(now))
    with transaction.atomic():
        row = _standing(renewal)
        wait = _hold(row, kind=WaitKind(kind), cause=cause, check_on=check_on, by=by, now=now)
        if isinstance(by, Person):
            Renewal.objects.filter(pk=renewal.pk, begun_at=None).update(begun_at=now)
        _record("renewal.wait_begun", wait, by=by, cause=wait.cause, check_on=_iso(wait.check_on))
    return wait


def hold_for_incident(*, renewal: Renewal, incident: Incident, by: Actor, now: datetime) -> Wait:
    """Let a renewal wait until a portal is back.

    Raises:
        RenewalClosed, AlreadyWaiting, StepBeingChecked, AlreadyMoved, NothingToWaitFor: as for :func:`begin_wait`.
    """
    with transaction.atomic():
        row = _standing(renewal)
        wait = _hold(row, kind=WaitKind.PORTAL, cause=incident.what, check_on=None, by=by, now=now, incident=incident)
        _record("renewal.wait_begun", wait, by=by, cause=wait.cause, check_on=_iso(wait.check_on))
    return wait


def held_by_gate(*, row: RenewalStep, hold: str, by: Actor, now: datetime) -> None:
    """Write down the wait that a gate has found, in the transaction in which the step moves to it."""
    kind = HELD_BY_GATE.get(hold)
    if kind is None:
        return
    today = timezone.localdate(now)
    check_on = limits.suggested_check(kind, today=today) or limits.days_later(today, 1)
    _wait(row, kind=kind, cause=hold, check_on=check_on, by=by, now=now)


def end_wait(*, renewal: Renewal, by: Person, now: datetime) -> None:
    """Say that the step can go on.

    Raises:
        NotWaiting: it did not wait (any more).
    """
    with transaction.atomic():
        if not close_wait(renewal.pk, how=WaitEnd.ENDED, by=by, now=now):
            raise NotWaiting


def postpone(*, renewal: Renewal, check_on: date, by: Person, now: datetime) -> None:
    """Keep on waiting, and ask again on another day.

    Raises:
        CheckDayWrong, CheckDayClosed: it is no day to ask.
        NotWaiting: it does not wait (any more).
        WaitEndsWithIncident: nobody has to ask.
    """
    require_check_day(check_on, today=timezone.localdate(now))
    with transaction.atomic():
        wait = Wait.objects.open().filter(renewal=renewal).select_related("renewal").first()
        if wait is None:
            raise NotWaiting
        if wait.incident_id is not None:
            raise WaitEndsWithIncident
        if Wait.objects.open().filter(pk=wait.pk, check_on=wait.check_on).update(check_on=check_on) != 1:
            raise NotWaiting
        _record("renewal.wait_postponed", wait, by=by, check_on=check_on.isoformat())


def close_wait(renewal_id: int, *, how: str, by: Actor, now: datetime) -> bool:
    """End the wait of a renewal, in the caller's transaction; false where there was none that this ends.

    ``how`` is a value of ``WaitEnd``. An answer of the client ends only a wait for the client, and a portal that is
    back only one that its incident began. Unless the step has moved, it is as it was before the wait, and has so many
    business days more as it waited.

    Raises:
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a wait ends in the transaction of what ends it")
    waits = Wait.objects.open().filter(renewal=renewal_id)
    if how == WaitEnd.ANSWERED:
        waits = waits.filter(kind=WaitKind.CLIENT)
    if how == WaitEnd.PORTAL_BACK:
        waits = waits.filter(incident__isnull=False, incident__open=None)
    wait = waits.select_related("renewal").first()
    if wait is None:
        return False
    if how != WaitEnd.MOVED:
        # The row of the renewal before that of the wait, as everywhere: the other order could lock two for ever.
        Renewal.objects.filter(pk=renewal_id).update(current_step=F("current_step"))
        _go_on(wait, now=now)
    person = by if isinstance(by, Person) else None
    ended = {"open": None, "ended_at": now, "ended_by": person, "how_ended": how}
    if Wait.objects.open().filter(pk=wait.pk).update(**ended) != 1:
        return False
    if how != WaitEnd.MOVED:
        _record("renewal.wait_ended", wait, by=by, how=how)
    return True


def wait_of(renewal: Renewal) -> Wait | None:
    """What a renewal waits for, with who said so; None where it can go on."""
    return Wait.objects.open().filter(renewal=renewal).select_related("begun_by", "incident").first()


def require_check_day(check_on: date, *, today: date) -> None:
    """Refuse a day on which nobody could ask again.

    Raises:
        CheckDayWrong: it is past, or further away than anybody plans.
        CheckDayClosed: the firm does not work on it.
    """
    last = today + limits.LONGEST_WAIT
    if not today <= check_on <= last:
        raise CheckDayWrong(first_on=today.isoformat(), last_on=last.isoformat())
    following = limits.next_open(check_on)
    if following != check_on:
        raise CheckDayClosed(next_on=following.isoformat())


def _standing(renewal: Renewal) -> RenewalStep:
    """The current step of an open renewal, whose row this transaction holds from now on."""
    if Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN).update(state=RenewalState.OPEN) != 1:
        raise RenewalClosed
    fresh = Renewal.objects.get(pk=renewal.pk)
    row = RenewalStep.objects.get(renewal=fresh, key=fresh.current_step)
    step = plan_of(fresh.plan, fresh.edition).step(row.key)
    if Wait.objects.open().filter(renewal=fresh).exists():
        raise AlreadyWaiting
    if row.state == StepState.WORKING:
        raise StepBeingChecked
    waits_inside = row.state == StepState.WAITING and row.check_at is None and row.waiting_for not in HELD_BY_GATE
    if waits_inside or not step.fields:
        raise NothingToWaitFor
    return row


def _hold(
    row: RenewalStep,
    *,
    kind: WaitKind,
    cause: str,
    check_on: date | None,
    by: Actor,
    now: datetime,
    incident: Incident | None = None,
) -> Wait:
    # Its timer, where it had one, stands still: the portal does not go on by itself.
    held = RenewalStep.objects.filter(pk=row.pk, version=row.version, state=row.state)
    if held.update(state=StepState.WAITING, waiting_for=kind, check_at=None) != 1:
        raise AlreadyMoved
    return _wait(row, kind=kind, cause=cause, check_on=check_on, by=by, now=now, incident=incident)


def _wait(
    row: RenewalStep,
    *,
    kind: WaitKind,
    cause: str,
    check_on: date | None,
    by: Actor,
    now: datetime,
    incident: Incident | None = None,
) -> Wait:
    wait = Wait(
        renewal_id=row.renewal_id,
        step_key=row.key,
        kind=kind,
        cause=cause,
        check_on=check_on,
        incident=incident,
        begun_by=by if isinstance(by, Person) else None,
        begun_at=now,
    )
    try:
        with transaction.atomic():
            wait.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyWaiting from error
    return wait


def _go_on(wait: Wait, *, now: datetime) -> None:
    """The step stands again where it stood, and what it waited is added to its days."""
    row = RenewalStep.objects.get(renewal=wait.renewal_id, key=wait.step_key)
    waited = limits.business_days_between(timezone.localdate(wait.begun_at), timezone.localdate(now))
    due_on = row.due_on if row.due_on is None or not waited else limits.days_later(row.due_on, waited)
    state = StepState.FAILED if row.verdict_code else StepState.PENDING
    rows = RenewalStep.objects.filter(pk=row.pk, version=row.version, state=StepState.WAITING)
    rows.update(state=state, waiting_for="", due_on=due_on)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _record(name: str, wait: Wait, *, by: Actor, **facts: Fact) -> None:
    # The step is told as ``at``: who moved a step is asked of the events that name one.
    renewal = wait.renewal
    audit.record(
        name, by=by, subject=renewal, company=renewal.company_id, at=wait.step_key, kind=str(wait.kind), **facts
    )
