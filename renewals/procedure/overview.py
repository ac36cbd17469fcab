"""Where does a renewal stand, and what was done at each of its steps?"""

from collections.abc import Sequence
from dataclasses import dataclass

from renewals.models import Certificate, Evidence, Renewal, RenewalStep, Signing
from renewals.procedure.steps import Step, plan_of


@dataclass(frozen=True, slots=True)
class StepStanding:
    """One step of the plan, its row in this renewal, and what supports it, oldest first."""

    step: Step
    number: int
    row: RenewalStep
    evidence: Sequence[Evidence]


def steps_of(renewal: Renewal) -> list[StepStanding]:
    """Every step of a renewal in order; none while it is queued."""
    rows = {row.key: row for row in renewal.steps.select_related("done_by")}
    evidence: dict[int, list[Evidence]] = {}
    for one in Evidence.objects.filter(step__renewal=renewal).select_related("by"):
        evidence.setdefault(one.step_id, []).append(one)
    return [
        StepStanding(step=step, number=number, row=rows[step.key], evidence=evidence.get(rows[step.key].pk, ()))
        for number, step in enumerate(plan_of(renewal.plan, renewal.edition).steps, start=1)
        if step.key in rows
    ]


def standing(renewal: Renewal) -> str:
    """Where a renewal stands, as a word that changes whenever something about it moves."""
    return standing_at(renewal, RenewalStep.objects.filter(renewal=renewal, key=renewal.current_step).first())


def standing_at(renewal: Renewal, row: RenewalStep | None) -> str:
    """The same, for whoever has the row of its current step already; None while it is queued."""
    version = "" if row is None else f"{row.version}.{row.state}{_signing(renewal, row)}"
    return f"{renewal.state}.{renewal.current_step}.{version}.{int(renewal.preflight_at is not None)}"


def _signing(renewal: Renewal, row: RenewalStep) -> str:
    """Where the newest document to be signed at a step stands."""
    if plan_of(renewal.plan, renewal.edition).step(row.key).signs_with is None:
        return ""
    found = Signing.objects.filter(renewal=row.renewal_id, step_key=row.key).order_by("-approval__asked_at")
    return "".join(f".{state}.{approval}" for state, approval in found.values_list("state", "approval__state")[:1])


def under_way_of(certificate: Certificate) -> Renewal | None:
    """The renewal of a certificate that is not closed, if there is one."""
    return Renewal.objects.under_way().filter(certificate=certificate).first()
