"""How do a person's certificates stand today? Every number of the dashboard, in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Prefetch

from renewals.models import Certificate, Company, Person, Renewal
from renewals.models.certificate import CertificateQuerySet
from renewals.notices.life import Life, signs_of_life

#: The windows that the dashboard counts, in days.
WINDOWS = (7, 30, 90)
#: How many months the chart looks ahead, the current one included.
MONTHS = 12
#: How many of the most urgent certificates are named.
NAMED = 10
#: The most urgent ones are looked for among those that end within so many days.
NAMED_WITHIN = 60


@dataclass(frozen=True, slots=True)
class Month:
    """How many certificates end between two days, both included."""

    first: date
    last: date
    ending: int


@dataclass(frozen=True, slots=True)
class Urgent:
    """A certificate to see to, with its renewal where one is under way."""

    certificate: Certificate
    renewal: Renewal | None
    days_left: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the dashboard shows to one person. ``unassigned`` is ``None`` for those who see only their own."""

    has_certificates: bool
    expired: int
    due: Mapping[int, int]
    in_renewal: int
    held_up: int
    #: Whose day to ask somebody outside again has come.
    to_check: int
    #: Whose step should be done by now, and that wait for nobody.
    stuck: int
    without_key: int
    unassigned: int | None
    months: tuple[Month, ...]
    urgent: tuple[Urgent, ...]
    life: Life


def overview_for(person: Person, *, today: date, now: datetime) -> Overview:
    """The numbers of the companies this person may know of; ``today`` is the local day of the firm."""
    mine = Certificate.objects.visible_to(person)
    renewals = Renewal.objects.visible_to(person)
    spans = months_ahead(today)
    per_day = _ending_per_day(mine, until=max(spans[-1][1], today + timedelta(days=WINDOWS[-1])))
    return Overview(
        has_certificates=bool(per_day) or mine.exists(),
        expired=_between(per_day, date.min, today - timedelta(days=1)),
        due={days: _between(per_day, today, today + timedelta(days=days)) for days in WINDOWS},
        in_renewal=renewals.under_way().count(),
        held_up=renewals.held_up().count(),
        to_check=renewals.to_check(today=today).count(),
        stuck=renewals.stuck(today=today).count(),
        without_key=mine.without_working_key().count(),
        unassigned=Company.objects.unassigned().count() if person.sees_everything else None,
        months=tuple(Month(first, last, _between(per_day, first, last)) for first, last in spans),
        urgent=_most_urgent(mine, today=today),
        life=signs_of_life(now=now),
    )


def months_ahead(today: date) -> tuple[tuple[date, date], ...]:
    """The first and last day of what is left of this month, and of the months after it."""
    spans = []
    first = today
    for _ in range(MONTHS):
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        spans.append((first, following - timedelta(days=1)))
        first = following
    return tuple(spans)


def _ending_per_day(mine: CertificateQuerySet, *, until: date) -> dict[date, int]:
    # One pass over the index answers every window and every month at once; the answer has one line per day, however
    # many certificates there are.
    days = mine.current().expiring_until(until).order_by().values_list("expires_on").annotate(ending=Count("pk"))
    return dict(days)


def _between(per_day: Mapping[date, int], first: date, last: date) -> int:
    return sum(ending for day, ending in per_day.items() if first <= day <= last)


def _most_urgent(mine: CertificateQuerySet, *, today: date) -> tuple[Urgent, ...]:
    near = mine.to_renew_until(today + timedelta(days=NAMED_WITHIN)).order_by("deadline_on", "pk")
    # Which first, from the index alone; what they say afterwards, of these few.
    found = list(near.values_list("pk", flat=True)[:NAMED])
    under_way = Prefetch("renewals", queryset=Renewal.objects.under_way())
    rows = Certificate.objects.select_related("company").defer("der").prefetch_related(under_way).in_bulk(found)
    return tuple(
        Urgent(certificate=row, renewal=next(iter(row.renewals.all()), None), days_left=row.days_left(today))
        for row in (rows[pk] for pk in found)
    )
