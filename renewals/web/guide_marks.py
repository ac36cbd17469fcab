"""How does a page show all steps of a renewal: where each stands, what proves it, how long it took?"""

from collections.abc import Sequence
from dataclasses import dataclass

from renewals.models import Evidence, RenewalStep, StepState
from renewals.web.guide_shown import Shown
from renewals.wording.durations import say_duration
from renewals.wording.steps import GRADES, say_step, say_warnings


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence, in words."""

    grade: str
    grade_words: str
    evidence: Evidence
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """One step in the list of all steps."""

    key: str
    number: int
    title: str
    state: str
    is_current: bool
    is_shown: bool
    row: RenewalStep
    proofs: Sequence[Proof]


def marks_of(shown: Shown) -> dict[str, object]:
    """All steps, the one that is shown, those that are done, and what was handed in before this one was sent back."""
    marks = [
        Mark(
            key=one.step.key,
            number=one.number,
            title=say_step(one.step.key),
            state=one.row.state,
            is_current=one.step.key == shown.renewal.current_step,
            is_shown=one.step.key == shown.step.key,
            row=one.row,
            proofs=[_proof(kept) for kept in one.evidence if kept.superseded_at is None],
        )
        for one in shown.standings
    ]
    return {
        "marks": marks,
        "mark": next(one for one in marks if one.is_shown),
        "done_marks": [one for one in marks if one.state == StepState.DONE],
        "undone": [
            _proof(kept)
            for one in shown.standings
            for kept in one.evidence
            if one.step.key == shown.step.key and kept.superseded_at is not None
        ],
        **_times(shown),
    }


def _times(shown: Shown) -> dict[str, str]:
    """How long this step has taken, and the renewal up to here; empty where it has not begun."""
    row, renewal = shown.row, shown.renewal
    begun = shown.standings[0].row.started_at or renewal.created_at
    until = renewal.closed_at or shown.now
    return {
        "step_time": say_duration((row.done_at or until) - row.started_at) if row.started_at else "",
        "renewal_time": say_duration(until - begun),
    }


def _proof(kept: Evidence) -> Proof:
    return Proof(kept.grade, str(GRADES[kept.grade]), kept, say_warnings(kept.facts))
