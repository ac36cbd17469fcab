"""What stands on people's desks besides what is new: what is urgent for whom, and which renewals are held up?"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Q

from renewals.expiry.due import silent_ids
from renewals.expiry.silencing import silenced_ids
from renewals.expiry.windows import RED_WITHIN, Hears, audiences_at
from renewals.models import Certificate, Detour, PairState, Renewal, RenewalStep
from renewals.notices.lines import Blocked, blocked_for
from renewals.notices.planning import stronger
from renewals.notices.readers import Readers
from renewals.notices.slices import sliced
from renewals.notices.words import HELD_UP, works

ONE_WEEK = timedelta(days=RED_WITHIN)


class Urgent(NamedTuple):
    """A certificate in its last week or past its deadline, and why this reader sees it."""

    certificate_id: int
    deadline_on: date
    detour: Detour


class _Row(NamedTuple):
    pk: int
    company_id: int
    kind: str
    deadline_on: date


def urgent_of(readers: Readers, *, today: date) -> Mapping[int, Sequence[Urgent]]:
    """Person → what is urgent for them, the first deadline first.

    It is for whom the same stage of a reminder is for: the responsible person always, their lead and partners as the
    day draws near and nobody acts.
    """
    found: dict[int, dict[int, Urgent]] = defaultdict(dict)
    rows = _urgent_rows(today)
    acknowledged = _acknowledged([row.pk for row in rows])
    readers.learn({row.company_id for row in rows})
    for row in rows:
        days = (row.deadline_on - today).days
        for who in audiences_at(days, kind=row.kind, acknowledged=row.pk in acknowledged):
            if who is Hears.CLIENT:
                continue
            to = readers.of(row.company_id, who)
            for person in to.people:
                known = found[person.pk].get(row.pk)
                detour = to.detour if known is None else stronger(known.detour, to.detour)
                found[person.pk][row.pk] = Urgent(row.pk, row.deadline_on, detour)
    return {person: list(urgent.values()) for person, urgent in found.items()}


def blocked_of(readers: Readers, *, today: date) -> tuple[Mapping[int, Sequence[Blocked]], Sequence[Blocked]]:
    """Person → the renewals that cannot go on and that they answer for or work on; and all of them, for the firm."""
    found: dict[int, list[Blocked]] = defaultdict(list)
    everything: list[Blocked] = []
    for renewal, blocked in _blocked(today):
        everything.append(blocked)
        readers.learn({renewal.company_id})
        people = {person.pk for person in readers.of(renewal.company_id, Hears.RESPONSIBLE).people}
        if renewal.assignee is not None:
            acting = readers.directory.who_acts_for(renewal.assignee)
            people.add(renewal.assignee.pk if acting is None else acting.pk)
        for person in people:
            found[person].append(blocked)
    return found, everything


def _blocked(today: date) -> Iterator[tuple[Renewal, Blocked]]:
    held = RenewalStep.objects.filter(state__in=HELD_UP, renewal__open=True).values("renewal")
    without_key = Certificate.objects.current().filter(pair_state__in=[PairState.NO_KEY, PairState.FAILED]).values("pk")
    standing = Renewal.objects.under_way().filter(Q(pk__in=held) | Q(certificate__in=without_key)).order_by("pk")
    for ids in sliced(list(standing.values_list("pk", flat=True))):
        rows = list(
            Renewal.objects.filter(pk__in=ids)
            .select_related("assignee", "certificate__company__responsible")
            .defer("certificate__der")
            .order_by("pk")
        )
        quiet = silenced_ids([row.certificate_id for row in rows], today=today)
        work = works(rows)
        for row in rows:
            blocked = blocked_for(row.certificate, today=today, work=work[row.certificate_id])
            if blocked is not None and row.certificate_id not in quiet:
                yield row, blocked


def _urgent_rows(today: date) -> list[_Row]:
    near = Certificate.objects.current().filter(deadline_on__lte=today + ONE_WEEK).order_by("deadline_on", "pk")
    rows = [_Row(*row) for row in near.values_list(*_Row._fields)]
    quiet: set[int] = set()
    for ids in sliced([row.pk for row in rows]):
        quiet |= silent_ids(ids) | silenced_ids(ids, today=today)
    return [row for row in rows if row.pk not in quiet]


def _acknowledged(certificates: Collection[int]) -> set[int]:
    found: set[int] = set()
    for ids in sliced(certificates):
        rows = Renewal.objects.acknowledged().filter(certificate__in=ids).order_by()
        found.update(rows.values_list("certificate_id", flat=True))
    return found
