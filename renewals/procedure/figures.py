"""How did a renewal go, in figures: how early did it end, what held it up, what passed at once, what took long?"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from renewals.expiry.working_time import working_days
from renewals.models import Renewal, RenewalState, RenewalStep, StepState, Wait

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """Business days are the firm's. ``days_before_*`` are counted from the local day of closing to the old
    certificate's last day, or to the deadline of its renewal: negative where it was late, None where it was cancelled.

    ``hours`` are those that each finished step stood open, without the time in which it waited; ``refusals`` is how
    often something did not pass at a step, where it was ever so.
    """

    is_done: bool
    days_before_expiry: int | None
    days_before_deadline: int | None
    business_days: int
    blocked: Mapping[str, int]
    steps_done: int
    passed_at_once: int
    refusals: Mapping[str, int]
    hours: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the dossier."""
        return asdict(self)


def figures_of(
    renewal: Renewal, *, steps: Sequence[RenewalStep], waits: Sequence[Wait], closed_at: datetime
) -> Figures:
    """The figures of a renewal that was closed at that moment; one query, for the calendar."""
    closed_on = timezone.localdate(closed_at)
    begun_on = timezone.localdate(renewal.begun_at or renewal.created_at)
    first = min([begun_on, closed_on, *(timezone.localdate(one.begun_at) for one in waits)])
    open_days = working_days(first=first, last=closed_on)
    done = [one for one in steps if one.state == StepState.DONE]
    is_done = renewal.state == RenewalState.DONE
    old = renewal.certificate
    return Figures(
        is_done=is_done,
        days_before_expiry=(old.expires_on - closed_on).days if is_done else None,
        days_before_deadline=(old.deadline_on - closed_on).days if is_done else None,
        business_days=_between(open_days, begun_on, closed_on),
        blocked=_blocked(waits, open_days, closed_at=closed_at),
        steps_done=len(done),
        passed_at_once=sum(one.refusals == 0 for one in done),
        refusals={one.key: one.refusals for one in steps if one.refusals},
        hours={one.key: _hours(one, waits, closed_at=closed_at) for one in done},
    )


def read_figures(kept: Mapping[str, Any]) -> Figures:
    """Figures as they were kept. Raises KeyError: a figure is missing."""
    return Figures(**{one.name: kept[one.name] for one in fields(Figures)})


def _between(open_days: Iterable[date], begun_on: date, ended_on: date) -> int:
    """The business days after the one on which something began, up to the one on which it ended."""
    return sum(begun_on < day <= ended_on for day in open_days)


def _blocked(waits: Iterable[Wait], open_days: frozenset[date], *, closed_at: datetime) -> dict[str, int]:
    days: Counter[str] = Counter()
    for one in waits:
        ended_at = one.ended_at or closed_at
        days[one.kind] += _between(open_days, timezone.localdate(one.begun_at), timezone.localdate(ended_at))
    return dict(days)


def _hours(step: RenewalStep, waits: Iterable[Wait], *, closed_at: datetime) -> float:
    if step.started_at is None or step.done_at is None:
        return 0.0
    waited = sum(
        (
            max(min(one.ended_at or closed_at, step.done_at) - max(one.begun_at, step.started_at), timedelta(0))
            for one in waits
            if one.step_key == step.key
        ),
        timedelta(0),
    )
    return round(max(step.done_at - step.started_at - waited, timedelta(0)) / _HOUR, 2)
