"""On which days before a deadline is somebody reminded: which marks did the firm or a company of it choose?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from renewals import audit
from renewals.access import Right, require
from renewals.errors.marks import MarkOutOfRange, MarksMissing, MarkTwice, TooManyMarks
from renewals.expiry.windows import default_marks
from renewals.models import Certificate, Company, Person, ReminderMarks
from renewals.models.certificate import CertificateQuerySet, Kind

#: Days before a deadline that make sense, and how many of them.
FIRST_MARK: Final = 1
LAST_MARK: Final = 365
MOST_MARKS: Final = 12


@dataclass(frozen=True, slots=True)
class MarksLookup:
    """The marks of some companies, looked up once."""

    chosen: Mapping[tuple[int | None, str], tuple[int, ...]]

    def of(self, company_id: int | None, kind: str) -> tuple[int, ...]:
        """Those of the company for the kind, else those of the firm, else those of the program; furthest first."""
        own = self.chosen.get((company_id, kind)) or self.chosen.get((None, kind))
        return own or default_marks(kind)

    def whose(self, company_id: int | None, kind: str) -> str:
        """Who chose them: ``company``, ``firm`` or, where nobody did, ``program``."""
        if company_id is not None and (company_id, kind) in self.chosen:
            return "company"
        return "firm" if (None, kind) in self.chosen else "program"


def marks_for(company_ids: Collection[int]) -> MarksLookup:
    """The marks that hold for these companies; without any, those of the whole firm."""
    return _lookup(ReminderMarks.objects.filter(Q(company=None) | Q(company__in=company_ids)))


def all_marks() -> MarksLookup:
    """The marks that hold for every company: few choose their own, so whoever asks for a thousand takes all."""
    return _lookup(ReminderMarks.objects.all())


def _lookup(rows: QuerySet[ReminderMarks]) -> MarksLookup:
    found = rows.order_by().values_list("company", "kind", "marks")
    # A row that nobody could have asked for is not obeyed: it would keep every certificate from being looked at.
    return MarksLookup({(company, kind): tuple(marks) for company, kind, marks in found if _is_sensible(marks)})


def _is_sensible(marks: object) -> bool:
    """Whether these are marks as :func:`set_marks` writes them."""
    if not isinstance(marks, list) or not 1 <= len(marks) <= MOST_MARKS:
        return False
    if not all(type(mark) is int and FIRST_MARK <= mark <= LAST_MARK for mark in marks):
        return False
    return marks == sorted(set(marks), reverse=True)


def set_marks(*, company: Company | None, kind: Kind, marks: Iterable[int], by: Person, now: datetime) -> None:
    """Choose the marks of a kind for the whole firm, or for one company; in any order.

    The next sweep looks anew at every certificate that this concerns.

    Raises:
        NotPermitted: the person is no partner.
        MarksMissing, MarkOutOfRange, MarkTwice, TooManyMarks: as they say.
    """
    require(by, Right.MANAGE)
    chosen = _valid(list(marks))
    with transaction.atomic():
        before = ReminderMarks.objects.filter(company=company, kind=kind).values_list("marks", flat=True).first()
        if before == chosen:
            return
        row, _made = ReminderMarks.objects.update_or_create(
            company=company, kind=kind, defaults={"marks": chosen, "by": by}
        )
        _look_anew(company, kind, today=timezone.localdate(now))
        audit.record(
            "marks.chosen",
            by=by,
            subject=row,
            company=company,
            kind=kind.value,
            marks=_text(chosen),
            marks_before=_text(before or ()),
        )


def reset_marks(*, company: Company | None, kind: Kind, by: Person, now: datetime) -> None:
    """Go back to the marks of the program, or for a company to those of the firm; nothing where none were chosen.

    Raises:
        NotPermitted: the person is no partner.
    """
    require(by, Right.MANAGE)
    with transaction.atomic():
        row = ReminderMarks.objects.filter(company=company, kind=kind).first()
        if row is None or not ReminderMarks.objects.filter(pk=row.pk).delete()[0]:
            return
        _look_anew(company, kind, today=timezone.localdate(now))
        audit.record("marks.reset", by=by, subject=row, company=company, kind=kind.value, marks_before=_text(row.marks))


def _valid(marks: list[int]) -> list[int]:
    if not marks:
        raise MarksMissing
    for mark in marks:
        if not FIRST_MARK <= mark <= LAST_MARK:
            raise MarkOutOfRange(mark=mark, lowest=FIRST_MARK, highest=LAST_MARK)
        if marks.count(mark) > 1:
            raise MarkTwice(mark=mark)
    if len(marks) > MOST_MARKS:
        raise TooManyMarks(most=MOST_MARKS)
    return sorted(marks, reverse=True)


def _look_anew(company: Company | None, kind: Kind, *, today: date) -> None:
    """After the deadline the marks are the same for everybody: those certificates keep their day."""
    _concerned(company, kind).filter(deadline_on__gte=today).look_again(on=today)


def _concerned(company: Company | None, kind: Kind) -> CertificateQuerySet:
    rows = Certificate.objects.current().filter(kind=kind)
    if company is not None:
        return rows.filter(company=company)
    with_own = ReminderMarks.objects.filter(kind=kind, company__isnull=False)
    return rows.exclude(company__in=with_own.values("company"))


def _text(marks: Iterable[int]) -> str:
    return ", ".join(map(str, marks))
