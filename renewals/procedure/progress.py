"""How does a renewal move from step to step, once, whoever pushes and however many at a time?

Every change of a step is claimed by its version: the form carries the one it showed, and whoever comes second is told
who was faster. What a step makes of what is handed in is not decided here but in the handlers of its plan.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Least
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor
from renewals.errors import (
    AlreadyMoved,
    AnswerMissing,
    FileMissing,
    MasterKeyFault,
    ProverUnavailable,
    Refusal,
    RenewalClosed,
    StepAlreadyMoved,
)
from renewals.models import Person, Renewal, RenewalState, RenewalStep, Role, StepState, WaitEnd
from renewals.procedure import activation, evidence, gates, handing_over, limits, preflight, runs, waiting
from renewals.procedure.gates import Verdict
from renewals.procedure.general_steps import GENERAL_HANDLERS
from renewals.procedure.handed import HandedIn, Outcome, Rejection, Situation
from renewals.procedure.portal_steps import PORTAL_HANDLERS
from renewals.procedure.steps import Actor as StepActor
from renewals.procedure.steps import Field, Grade, Plan, Step, Takes, plan_of

Handler = Callable[[Situation, HandedIn], Outcome]

#: Every step that takes something, and what is made of it; the machine's own steps are in ``checking``.
HANDLERS: Mapping[str, Handler] = {**PORTAL_HANDLERS, **GENERAL_HANDLERS}

#: A step that may still be handed in.
_OPEN = (StepState.PENDING, StepState.WAITING, StepState.FAILED)
#: Says nothing about what was handed in.
_NOT_ITS_FAULT = (AlreadyMoved, MasterKeyFault, ProverUnavailable)
#: One more try that did not pass; nobody counts beyond so many.
_ONE_MORE = Least(F("refusals") + 1, Value(999))
TIMER = "timer"
SECOND_PERSON = "second_person"
#: Who handed in what a worker then checked: the step is theirs, although the machine closes it.
HANDED_IN_BY = "handed_in_by"


def hand_in(*, renewal: Renewal, key: str, version: int, handed: HandedIn, by: Person, now: datetime) -> None:
    """Take in what a person gives for the current step; it closes, waits, or goes to a worker for checking.

    Raises:
        RenewalClosed, StepAlreadyMoved: the renewal or the step is no longer where the person saw it.
        PreflightRunning, PreflightFailed: at the first step only.
        AnswerMissing, FileMissing, and what the step's gate refuses: nothing has changed.
    """
    plan, row = _current(renewal, key, version)
    step = plan.step(key)
    if key not in HANDLERS:
        # The machine's own, which nobody hands in: the page was another step's.
        raise who_was_faster(renewal, key)
    if step is plan.steps[0]:
        preflight.require_passed(renewal)
    for field in step.fields:
        _require_filled(field, handed)
    try:
        outcome = HANDLERS[key](Situation(renewal=renewal, step=step, row=row, by=by, now=now), handed)
    except _NOT_ITS_FAULT:
        raise
    except Refusal:
        # For the figures: how much passes at once. Nothing else of the step changes.
        RenewalStep.objects.filter(pk=row.pk, version=row.version).update(refusals=_ONE_MORE)
        raise
    move(renewal=renewal, plan=plan, row=row, outcome=outcome, by=by, now=now)


def confirm_second(*, renewal: Renewal, key: str, version: int, by: Person, now: datetime) -> None:
    """Add the second person's word to a step that waits for it; the step closes.

    Raises:
        RenewalClosed, StepAlreadyMoved: the renewal or the step is no longer where the person saw it.
        SecondPersonNeeded: it is the same person, and the firm has others.
    """
    plan, row = _current(renewal, key, version)
    if row.waiting_for != SECOND_PERSON:
        raise who_was_faster(renewal, key)
    first = row.answers.get("first_person")
    verdict = gates.second_word(
        first_person=first if isinstance(first, int) else None,
        second_person=by.pk,
        firm_has_others=firm_has_others(by),
    )
    move(renewal=renewal, plan=plan, row=row, outcome=Outcome(verdict), by=by, now=now, what="second_word")


def firm_has_others(person: Person) -> bool:
    """Whether anybody else works in the firm, who could give a second word."""
    working = Person.objects.filter(is_active=True, role__in=[Role.PARTNER, Role.STAFF])
    return working.exclude(pk=person.pk).exists()


def try_again(*, renewal: Renewal, key: str, version: int, by: Person, now: datetime) -> None:
    """Have a worker do a step of the machine's own again, after it failed.

    Raises:
        RenewalClosed, StepAlreadyMoved: the renewal or the step is no longer where the person saw it.
    """
    plan, row = _current(renewal, key, version)
    step = plan.step(key)
    if step.actor is not StepActor.MACHINE or not step.needs_vault or row.state != StepState.FAILED:
        raise who_was_faster(renewal, key)
    with transaction.atomic():
        _claim(renewal, row, state=StepState.WORKING, changes={"started_at": now})
        audit.record("renewal.step_retried", by=by, subject=renewal, company=renewal.company_id, step=key)
        dispatch.wake("renewals.vault.work_pending")


def move(
    *,
    renewal: Renewal,
    plan: Plan,
    row: RenewalStep,
    outcome: Outcome,
    by: Actor,
    now: datetime,
    what: str = "",
) -> None:
    """Write down what became of a step, and go on where it is proved; all at once, or not at all.

    Raises:
        RenewalClosed, StepAlreadyMoved: somebody was faster; nothing was written.
    """
    step = plan.step(row.key)
    kept, beside = evidence.keep_each(outcome.file, outcome.beside)
    person = by if isinstance(by, Person) else None
    try:
        with transaction.atomic():
            state, changes = _next_state(step, row, outcome, person=person, now=now)
            _claim(renewal, row, state=state, changes=changes)
            waiting.close_wait(renewal.pk, how=WaitEnd.MOVED, by=by, now=now)
            if outcome.verdict is not None:
                waiting.held_by_gate(row=row, hold=outcome.verdict.on_hold, by=by, now=now)
            added = outcome.write()
            if added:
                RenewalStep.objects.filter(pk=row.pk).update(answers={**row.answers, **outcome.answers, **added})
            if outcome.verdict is not None:
                evidence.write_proofs(
                    row=row,
                    verdict=outcome.verdict,
                    what=what or row.key,
                    kept=kept,
                    beside=beside,
                    by=person,
                    now=now,
                )
            _record(renewal, row, state, outcome, by)
            if person is not None:
                Renewal.objects.filter(pk=renewal.pk, begun_at=None).update(begun_at=now)
                handing_over.note_is_read(renewal.pk, by=person)
            _follow(renewal, plan, row, state, by=by, now=now)
    except Refusal as refusal:
        # Only where the transaction is known to be lost: after any other fault the file stays, perhaps for nothing.
        evidence.forget(kept, beside)
        if isinstance(refusal, AlreadyMoved):
            raise who_was_faster(renewal, row.key) from None
        raise


def reject(*, renewal: Renewal, row: RenewalStep, rejection: Rejection, by: Actor) -> None:
    """Write down that what was handed in does not pass; the step can be handed in again.

    Raises:
        StepAlreadyMoved: somebody was faster; nothing was written.
    """
    changes = {"verdict_code": rejection.code, "verdict_facts": dict(rejection.facts), "refusals": _ONE_MORE}
    with transaction.atomic():
        _claim(renewal, row, state=StepState.FAILED, changes=changes)
        rejection.write()
        audit.record(
            "renewal.step_refused",
            by=by,
            subject=renewal,
            company=renewal.company_id,
            step=row.key,
            code=rejection.code,
        )


# --- the step ---------------------------------------------------------------------------------------------------


def _current(renewal: Renewal, key: str, version: int) -> tuple[Plan, RenewalStep]:
    fresh = Renewal.objects.get(pk=renewal.pk)
    if fresh.state != RenewalState.OPEN:
        raise RenewalClosed
    renewal.preflight, renewal.preflight_at = fresh.preflight, fresh.preflight_at
    renewal.pending_key_id, renewal.new_certificate_id = fresh.pending_key_id, fresh.new_certificate_id
    plan = plan_of(renewal.plan, renewal.edition)
    row = RenewalStep.objects.filter(renewal=renewal, key=key).first()
    if row is None or fresh.current_step != key or row.version != version or row.state not in _OPEN:
        raise who_was_faster(renewal, key)
    return plan, row


def _require_filled(field: Field, handed: HandedIn) -> None:
    if not field.required or _is_given(field, handed):
        return
    if field.takes in {Takes.EVIDENCE, Takes.KEY_MATERIAL}:
        raise FileMissing
    raise AnswerMissing(field=field.name)


def _is_given(field: Field, handed: HandedIn) -> bool:
    match field.takes:
        case Takes.EVIDENCE | Takes.KEY_MATERIAL:
            return field.name in handed.files
        case Takes.WORD:
            return handed.ticked(field.name)
        case Takes.PASSPHRASE:
            return bool(handed.passphrase)
        case Takes.CHOICE | Takes.TEXT:
            answer = handed.answer(field.name)
            return answer in field.choices if field.choices else bool(answer)


def _next_state(
    step: Step, row: RenewalStep, outcome: Outcome, *, person: Person | None, now: datetime
) -> tuple[StepState, dict[str, object]]:
    changes: dict[str, object] = {"answers": {**row.answers, **outcome.answers}}
    verdict = outcome.verdict
    if verdict is None:
        handed_in_by = None if person is None else person.pk
        return StepState.WORKING, {"answers": {**row.answers, **outcome.answers, HANDED_IN_BY: handed_in_by}}
    if verdict.on_hold:
        return StepState.WAITING, changes | {"waiting_for": verdict.on_hold}
    _require_minimum(step, row, verdict)
    done_by = row.answers.get(HANDED_IN_BY) if person is None else person.pk
    return StepState.DONE, changes | {"done_at": now, "done_by": done_by}


def _require_minimum(step: Step, row: RenewalStep, verdict: Verdict) -> None:
    """No step closes below its minimum, whatever a gate says: this is the table's own check on the gates."""
    # What was told on a way out of trouble supports the step and proves nothing of it; nor does what was sent back.
    proofs = row.evidence.filter(playbook=None, superseded_at=None)
    held = [one.grade for one in proofs] + [one.value for one in verdict.grades]
    missing = [one for one in set(step.minimum) if held.count(one.value) < step.minimum.count(one)]
    if missing and not (step.word_instead and Grade.WORD in verdict.grades):
        raise RuntimeError(f"{step.key} would close without {sorted(missing)}")


def _claim(renewal: Renewal, row: RenewalStep, *, state: StepState, changes: Mapping[str, object]) -> None:
    """Move a step on from exactly what was seen of it, in an open renewal that stands at it."""
    stands_here = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN, current_step=row.key)
    # Written and not only read, so that a cancellation waits for this transaction, or this one for it.
    if stands_here.update(current_step=row.key) != 1:
        raise StepAlreadyMoved
    fresh: dict[str, object] = {
        "lease_until": None,
        "check_at": None,
        "waiting_for": "",
        "verdict_code": "",
        "verdict_facts": {},
    }
    claimed = RenewalStep.objects.filter(
        pk=row.pk, version=row.version, state=row.state, lease_until=row.lease_until
    ).update(state=state, version=row.version + 1, **{**fresh, **changes})
    if claimed != 1:
        raise StepAlreadyMoved


def _follow(renewal: Renewal, plan: Plan, row: RenewalStep, state: StepState, *, by: Actor, now: datetime) -> None:
    """Wake the vault for what it has to check; go on to the next step, or close, where this one is done."""
    if state == StepState.WORKING:
        dispatch.wake("renewals.vault.work_pending")
    if state != StepState.DONE:
        return
    runs.close_run(renewal.pk, by=by, now=now)
    following = first_undone(renewal, plan)
    if following is None:
        activation.close(renewal=renewal, by=by, now=now)
        return
    Renewal.objects.filter(pk=renewal.pk).update(current_step=following.key)
    begin_step(renewal, following, now=now)


def first_undone(renewal: Renewal, plan: Plan) -> Step | None:
    """The first step that is still to be done: usually the next one, but a key that was adopted closes steps ahead."""
    rows = RenewalStep.objects.filter(renewal=renewal, state__in=[StepState.DONE, StepState.NOT_APPLICABLE])
    closed = set(rows.values_list("key", flat=True))
    return next((step for step in plan.steps if step.key not in closed), None)


def begin_step(renewal: Renewal, step: Step, *, now: datetime) -> None:
    """Begin the step that became the current one, in the caller's transaction.

    The machine's own steps begin by themselves: one waits for its timer, another goes to the vault worker."""
    begun: dict[str, object] = {"started_at": now, "due_on": limits.due_on(step, today=timezone.localdate(now))}
    if step.actor is StepActor.MACHINE and step.waits is not None:
        begun |= {"state": StepState.WAITING, "check_at": now + step.waits, "waiting_for": TIMER}
    elif step.actor is StepActor.MACHINE and step.needs_vault:
        begun["state"] = StepState.WORKING
        dispatch.wake("renewals.vault.work_pending")
    RenewalStep.objects.filter(renewal=renewal, key=step.key).update(**begun)


def _record(renewal: Renewal, row: RenewalStep, state: StepState, outcome: Outcome, by: Actor) -> None:
    names = {
        StepState.WORKING: "renewal.step_handed_in",
        StepState.WAITING: "renewal.step_on_hold",
        StepState.DONE: "renewal.step_completed",
    }
    grades = "" if outcome.verdict is None else "".join(one.value for one in outcome.verdict.grades)
    audit.record(names[state], by=by, subject=renewal, company=renewal.company_id, step=row.key, grades=grades)


def who_was_faster(renewal: Renewal, key: str) -> Refusal:
    """What is told to whoever wanted to move a step that has moved."""
    if not Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN).exists():
        return RenewalClosed()
    event = audit.history_of(renewal).filter(facts__step=key).first()
    who = event.person if event is not None else None
    return StepAlreadyMoved(who=str(who), step=key) if who is not None else AlreadyMoved()
