"""How did the renewals of a year go: closed in time or late, passed at once, held up by what, slow at which step?"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from django.db.models import F
from django.utils import timezone

from renewals.models import Dossier
from renewals.procedure.figures import Figures, read_figures

#: So many months are shown together.
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """One renewal that came to its end, done or cancelled. ``person`` is who had it in hand, empty for nobody."""

    dossier_id: int
    company: str
    rfc: str
    kind: str
    scope: str
    person: str
    closed_on: date
    figures: Figures

    @property
    def is_in_time(self) -> bool:
        """Whether it was closed by the deadline of its renewal."""
        days = self.figures.days_before_deadline
        return days is not None and days >= 0


@dataclass(frozen=True, slots=True)
class Group:
    """The outcomes of one month, kind or person together. ``days_before`` and ``at_once`` are None without any done.

    ``days_before`` is the median of days before the old certificate's end; ``at_once`` is a share in percent.
    """

    key: str
    in_time: int
    late: int
    cancelled: int
    days_before: int | None
    at_once: int | None
    blocked: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.in_time + self.late + self.cancelled


@dataclass(frozen=True, slots=True)
class StepGroup:
    """One step in all outcomes: how often it was done, the share that passed at once, and the median of its hours."""

    key: str
    times: int
    at_once: int
    hours: float


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A year of outcomes; ``blocked`` are business days by cause."""

    first: date
    last: date
    whole: Group
    months: Sequence[Group]
    kinds: Sequence[Group]
    people: Sequence[Group]
    steps: Sequence[StepGroup]
    blocked: Mapping[str, int]


def year_until(last_month: date) -> tuple[date, date]:
    """The first and last day of the twelve months of which this day's month is the last."""
    following = (last_month.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following.replace(year=following.year - 1), following - timedelta(days=1)


def outcomes_between(first: date, last: date) -> list[Outcome]:
    """Every renewal that was closed between two local days, both included, oldest first; one query.

    One that was reopened counts with its last end. Companies for practice are left out where there are others.
    """
    begins, ends = (timezone.make_aware(datetime.combine(day, time())) for day in (first, last + timedelta(days=1)))
    rows = Dossier.objects.filter(closed_at__gte=begins, closed_at__lt=ends, renewal__closed_at=F("closed_at"))
    names = ("assignee__first_name", "assignee__last_name", "assignee__username", "company__name", "company__rfc")
    told = rows.order_by("closed_at", "pk").values_list(
        "pk",
        "closed_at",
        "figures",
        "renewal__company__is_demo",
        "renewal__certificate__kind",
        "renewal__certificate__scope",
        *(f"renewal__{name}" for name in names),
    )
    found = [
        (
            is_demo,
            Outcome(
                dossier_id=pk,
                company=company,
                rfc=rfc,
                kind=kind,
                scope=scope,
                person=f"{first_name or ''} {last_name or ''}".strip() or username or "",
                closed_on=timezone.localdate(closed_at),
                figures=read_figures(figures),
            ),
        )
        for pk, closed_at, figures, is_demo, kind, scope, first_name, last_name, username, company, rfc in told
    ]
    real = [one for is_demo, one in found if not is_demo]
    return real or [one for _is_demo, one in found]


def summed(found: Sequence[Outcome], *, first: date, last: date) -> Outcomes:
    """The outcomes of a year as :func:`year_until` bounds it, put together by month, kind and person."""
    months = [(first + timedelta(days=31 * number)).replace(day=1) for number in range(MONTHS)]
    blocked: Counter[str] = Counter()
    for one in found:
        blocked.update(one.figures.blocked)
    return Outcomes(
        first=first,
        last=last,
        whole=_group("", found),
        months=_grouped(found, lambda one: f"{one.closed_on:%Y-%m}", among=[f"{month:%Y-%m}" for month in months]),
        kinds=_grouped(found, lambda one: one.kind),
        people=_grouped(found, lambda one: one.person),
        steps=_steps(found),
        blocked={cause: days for cause, days in blocked.most_common() if days},
    )


def _grouped(
    found: Iterable[Outcome], key: Callable[[Outcome], str], *, among: Iterable[str] | None = None
) -> list[Group]:
    """One group for each key: those named, in their order, or else those there are, the largest first."""
    groups: defaultdict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)
    if among is not None:
        return [_group(name, groups[name]) for name in among]
    return sorted((_group(name, rows) for name, rows in groups.items()), key=lambda one: (-one.total, one.key))


def _group(key: str, found: Sequence[Outcome]) -> Group:
    done = [one for one in found if one.figures.is_done]
    days = [one.figures.days_before_expiry for one in done if one.figures.days_before_expiry is not None]
    in_time = sum(one.is_in_time for one in done)
    return Group(
        key=key,
        in_time=in_time,
        late=len(done) - in_time,
        cancelled=len(found) - len(done),
        days_before=round(median(days)) if days else None,
        at_once=_percent(
            sum(one.figures.passed_at_once for one in done), of=sum(one.figures.steps_done for one in done)
        ),
        blocked=sum(sum(one.figures.blocked.values()) for one in found),
    )


def _steps(found: Iterable[Outcome]) -> list[StepGroup]:
    """Those that passed at once least often first, and among equals the slowest."""
    hours: defaultdict[str, list[float]] = defaultdict(list)
    refused: Counter[str] = Counter()
    for one in found:
        for key, stood in one.figures.hours.items():
            hours[key].append(stood)
            refused[key] += key in one.figures.refusals
    steps = [
        StepGroup(
            key=key,
            times=len(stood),
            at_once=_percent(len(stood) - refused[key], of=len(stood)) or 0,
            hours=round(median(stood), 1),
        )
        for key, stood in hours.items()
    ]
    return sorted(steps, key=lambda one: (one.at_once, -one.hours, one.key))


def _percent(part: int, *, of: int) -> int | None:
    return round(100 * part / of) if of else None
