"""Which deadlines have moved, now that a company's certificates changed?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

from renewals.expiry.deadlines import Deadline, Efirma, deadline_of
from renewals.models import Certificate
from renewals.models.certificate import Kind

#: So many ids in one statement; databases limit how many they take.
SLICE = 500


class _Row(NamedTuple):
    """What a deadline depends on, and what it is by now."""

    pk: int
    company_id: int
    kind: str
    rfc: str
    company__rfc: str
    expires_on: date
    deadline_on: date
    deadline_reason: str
    deadline_because_id: int | None

    def stands_at(self, deadline: Deadline) -> bool:
        """Whether the row has this deadline by now."""
        written = (self.deadline_on, self.deadline_reason, self.deadline_because_id)
        return written == (deadline.on, deadline.reason.value, deadline.because)


def refresh_deadlines(company_ids: Iterable[int], *, today: date) -> list[int]:
    """Write the deadlines of all current certificates of these companies anew, in the caller's transaction.

    One that moves is looked at today: it begins anew with its marks. Returns the ids of those.
    """
    ids = iter(sorted(set(company_ids)))
    moved: list[int] = []
    while some := list(islice(ids, SLICE)):
        for on, group in _changed(_rows(some), today=today).items():
            moved += _write(on, group, today=today)
    return moved


def _rows(company_ids: Sequence[int]) -> list[_Row]:
    rows = Certificate.objects.current().filter(company__in=company_ids).order_by("pk")
    return [_Row(*row) for row in rows.values_list(*_Row._fields)]


def _changed(rows: Sequence[_Row], *, today: date) -> dict[Deadline, list[_Row]]:
    """Deadline → the rows that should have it and do not."""
    efirmas = counting(
        (row.company_id, Efirma(row.pk, row.expires_on))
        for row in rows
        if row.kind == Kind.EFIRMA and row.rfc == row.company__rfc
    )
    changed = defaultdict(list)
    for row in rows:
        right = deadline_of(kind=row.kind, expires_on=row.expires_on, efirma=efirmas.get(row.company_id), today=today)
        if not row.stands_at(right):
            changed[right].append(row)
    return changed


def counting(efirmas: Iterable[tuple[int, Efirma]]) -> dict[int, Efirma]:
    """Company → its e.firma that counts: the one that lasts longest, the newer row of two."""
    longest: dict[int, Efirma] = {}
    for company, one in efirmas:
        known = longest.get(company)
        if known is None or (known.expires_on, known.pk) < (one.expires_on, one.pk):
            longest[company] = one
    return longest


def _write(right: Deadline, rows: Sequence[_Row], *, today: date) -> Iterator[int]:
    """Give rows their deadline; those whose day moves are looked at today."""
    values = {"deadline_on": right.on, "deadline_reason": right.reason.value, "deadline_because": right.because}
    moved = [row.pk for row in rows if row.deadline_on != right.on]
    stayed = [row.pk for row in rows if row.deadline_on == right.on]
    for some in _sliced(moved):
        Certificate.objects.current().filter(pk__in=some).update(**values, next_mark_on=today)
    for some in _sliced(stayed):
        Certificate.objects.current().filter(pk__in=some).update(**values)
    return iter(moved)


def _sliced(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + SLICE] for start in range(0, len(ids), SLICE))
