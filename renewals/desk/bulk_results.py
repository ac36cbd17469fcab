"""How far has a bulk job come, and what became of each of its rows, as one person may see them?"""

from dataclasses import dataclass

from django.db.models import Count

from renewals.models import BulkJob, BulkRow, Certificate, Person
from renewals.models.bulk import BulkState

#: So many rows on one page of results.
PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows of a job by what became of them."""

    total: int
    done: int
    refused: int

    @property
    def finished(self) -> int:
        """Rows that have their answer."""
        return self.done + self.refused

    @property
    def percent(self) -> int:
        """Whole percent of rows that have their answer; 100 for a job without rows."""
        return 100 * self.finished // self.total if self.total else 100


@dataclass(frozen=True, slots=True)
class Result:
    """One row; ``certificate`` is ``None`` where the person may not know which it was."""

    number: int
    certificate: Certificate | None
    state: str
    code: str


def progress_of(job: BulkJob) -> Progress:
    """How far the job has come, in one query."""
    counts = dict(BulkRow.objects.filter(job=job).order_by().values_list("state").annotate(rows=Count("pk")))
    return Progress(
        total=sum(counts.values()),
        done=counts.get(BulkState.DONE, 0),
        refused=counts.get(BulkState.REFUSED, 0),
    )


def results_of(job: BulkJob, *, person: Person, page: int) -> list[Result]:
    """One page of rows, from page 1; those refused come first, since somebody has to look at them."""
    first = (max(page, 1) - 1) * PER_PAGE
    rows = BulkRow.objects.filter(job=job).order_by("-state", "pk")[first : first + PER_PAGE]
    known = Certificate.objects.visible_to(person).select_related("company").defer("der")
    certificates = known.in_bulk([row.certificate_id for row in rows])
    return [Result(row.certificate_id, certificates.get(row.certificate_id), row.state, row.code) for row in rows]
