"""What may every part of a step's page look at, so that none of them asks the database again?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from renewals.access import Right, Somebody, may
from renewals.models import Renewal, RenewalState, RenewalStep, StepState
from renewals.procedure.overview import StepStanding, steps_of
from renewals.procedure.progress import SECOND_PERSON, TIMER
from renewals.procedure.steps import Actor, Plan, Step, plan_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One step of a renewal, as one person sees it at one moment.

    ``renewal`` comes with its company, both certificates, the responsible and the assignee; ``standings`` are all its
    steps in order, with their rows and evidence. ``phase`` says how the page is laid out: done, ahead, checking,
    timer, second_person, stuck (a step of the machine's own that failed) or form.
    """

    renewal: Renewal
    person: Somebody
    now: datetime
    plan: Plan
    step: Step
    row: RenewalStep
    phase: str
    may_work: bool
    standings: Sequence[StepStanding]

    @property
    def is_current(self) -> bool:
        """Whether the renewal stands at this step."""
        return self.renewal.state == RenewalState.OPEN and self.step.key == self.renewal.current_step

    @property
    def may_act(self) -> bool:
        """Whether this person can do something about this step now."""
        return self.may_work and self.is_current


def look_at(renewal: Renewal, *, key: str, person: Somebody) -> Shown:
    """Read once what the page of this step shows. Raises KeyError when the plan has no such step."""
    plan = plan_of(renewal.plan, renewal.edition)
    step = plan.step(key)
    standings = steps_of(renewal)
    row = next(one.row for one in standings if one.step.key == key)
    is_current = renewal.state == RenewalState.OPEN and key == renewal.current_step
    return Shown(
        renewal=renewal,
        person=person,
        now=timezone.now(),
        plan=plan,
        step=step,
        row=row,
        phase=_phase(row, step, is_current=is_current),
        may_work=may(person, Right.WORK),
        standings=standings,
    )


def _phase(row: RenewalStep, step: Step, *, is_current: bool) -> str:
    if row.state == StepState.DONE:
        return "done"
    if not is_current:
        return "ahead"
    if row.waiting_for in {SECOND_PERSON, TIMER}:
        return row.waiting_for
    if row.state == StepState.WORKING:
        return "checking"
    return "stuck" if row.state == StepState.FAILED and step.actor is Actor.MACHINE else "form"
