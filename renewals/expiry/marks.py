"""On which days before a deadline is somebody reminded: which marks did the firm or a company of it choose?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Q

from renewals.expiry.windows import default_marks
from renewals.models import ReminderMarks


@dataclass(frozen=True, slots=True)
class MarksLookup:
    """The marks of some companies, looked up once."""

    chosen: Mapping[tuple[int | None, str], tuple[int, ...]]

    def of(self, company_id: int | None, kind: str) -> tuple[int, ...]:
        """Those of the company for the kind, else those of the firm, else those of the program; furthest first."""
        own = self.chosen.get((company_id, kind)) or self.chosen.get((None, kind))
        return own or default_marks(kind)


def marks_for(company_ids: Collection[int]) -> MarksLookup:
    """The marks that hold for these companies; without any, those of the whole firm."""
    rows = ReminderMarks.objects.filter(Q(company=None) | Q(company__in=company_ids)).order_by()
    return MarksLookup(
        {(company, kind): tuple(marks) for company, kind, marks in rows.values_list("company", "kind", "marks")}
    )
