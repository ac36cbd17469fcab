"""Which lines of the ledger wait to be told, which of them speak for others, and which does nobody need any more?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from renewals.expiry.due import silent_ids
from renewals.expiry.silencing import silenced_ids
from renewals.models import Bounce, DeliveryLine, DeliveryState, Notice
from renewals.models.bounce import CAME_BACK
from renewals.notices.slices import sliced


class Waiting(NamedTuple):
    """One line of the ledger; a number below zero is one that a later round would write."""

    pk: int
    certificate_id: int
    company_id: int
    mark: int
    audience: str
    deadline_on: date


#: Where the ledger keeps what :class:`Waiting` holds.
FIELDS = ("pk", "certificate_id", "certificate__company_id", "mark", "audience", "deadline_on")


class Telling(NamedTuple):
    """The most urgent waiting line of one certificate and audience, and those it speaks for as well."""

    line: Waiting
    absorbed: tuple[int, ...]

    @property
    def notices(self) -> tuple[int, ...]:
        """Every line that is done with once this one is told."""
        return (self.line.pk, *self.absorbed)


@dataclass(frozen=True, slots=True)
class SortedOut:
    """What is to be told, and what nobody needs any more; the lines of silenced certificates are in neither."""

    tell: tuple[Telling, ...]
    moot: tuple[Waiting, ...]


class Known(NamedTuple):
    """Who was told one line before: address → the last day on which it did not take it, and the readers who have it."""

    refused_addresses: Mapping[str, date]
    people: AbstractSet[int]
    contacts: AbstractSet[int]


#: What is needed of a message to know who has it; its words are not among it.
READERS = ("notice", *(f"delivery__{name}" for name in ("state", "day", "address", "person", "contact")))
NOBODY = Known({}, frozenset(), frozenset())


def waiting_lines() -> tuple[list[Waiting], dict[int, date]]:
    """Every line that waits, oldest first, and certificate → its deadline by now."""
    lines: list[Waiting] = []
    deadlines: dict[int, date] = {}
    rows = Notice.objects.waiting().order_by("pk").values_list(*FIELDS, "certificate__deadline_on")
    for pk, certificate, company, mark, audience, deadline_on, deadline_by_now in rows.iterator():
        lines.append(Waiting(pk, certificate, company, mark, audience, deadline_on))
        deadlines[certificate] = deadline_by_now
    return lines, deadlines


def sort_out(lines: Iterable[Waiting], deadlines: Mapping[int, date], *, today: date) -> SortedOut:
    """The lines to tell today, and those that were settled since: renewed, retired, or with another deadline by now.

    A deadline that moves begins anew with its marks, so what was to be said about the earlier one is no longer true.
    """
    certificates = set(deadlines)
    silent = {pk for ids in sliced(certificates) for pk in silent_ids(ids)}
    quiet = {pk for ids in sliced(certificates - silent) for pk in silenced_ids(ids, today=today)}
    moot: list[Waiting] = []
    waiting: dict[tuple[int, str], list[Waiting]] = defaultdict(list)
    for line in lines:
        if line.certificate_id in silent or line.deadline_on != deadlines[line.certificate_id]:
            moot.append(line)
        elif line.certificate_id not in quiet:
            waiting[line.certificate_id, line.audience].append(line)
    return SortedOut(tuple(_most_urgent(group) for group in waiting.values()), tuple(moot))


def _most_urgent(lines: Collection[Waiting]) -> Telling:
    first, *others = sorted(lines, key=lambda line: (line.mark, line.pk))
    return Telling(first, tuple(line.pk for line in others))


def known_readers(notices: Collection[int]) -> dict[int, Known]:
    """Line → who has it already, and which addresses did not take it; nothing for a line that nobody was told.

    A message that was withdrawn told nobody anything; nor did one that came back from an address of which somebody
    has said since that it works.
    """
    came_back = Bounce.objects.filter(delivery=OuterRef("delivery"))
    is_settled = Q(delivery__failure_code=CAME_BACK) & Exists(came_back) & ~Exists(came_back.unsettled())
    refused: dict[int, dict[str, date]] = defaultdict(dict)
    people: dict[int, set[int]] = defaultdict(set)
    contacts: dict[int, set[int]] = defaultdict(set)
    for ids in sliced(notices):
        rows = DeliveryLine.objects.filter(notice__in=ids).exclude(delivery__state=DeliveryState.WITHDRAWN)
        for line in rows.exclude(is_settled).select_related("delivery").only(*READERS):
            message = line.delivery
            if message.state == DeliveryState.FAILED:
                of_line = refused[line.notice_id]
                of_line[message.address] = max(message.day, of_line.get(message.address, message.day))
            elif message.person_id is not None:
                people[line.notice_id].add(message.person_id)
            elif message.contact_id is not None:
                contacts[line.notice_id].add(message.contact_id)
    found = refused.keys() | people.keys() | contacts.keys()
    return {one: Known(refused[one], people[one], contacts[one]) for one in found}
