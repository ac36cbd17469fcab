"""Which work is waiting, whoever forgot to say so? Every kind of job, found by its rows and done one by one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.utils import timezone

log = structlog.get_logger(__name__)

#: So many rows of one kind in one look; the next tick takes the next ones.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work: which queue does it, how its waiting rows are found, and the verb that does one of them."""

    name: str
    queue: str
    waiting: Callable[[datetime, int], Iterable[object]]
    do: Callable[[object, datetime], None]


JOBS: tuple[Job, ...] = ()


def work(*, queue: str, now: datetime | None = None) -> dict[str, int]:
    """Do the waiting work of one queue; a row that fails is logged and never stops the others.

    Returns the number of rows done by kind of job.
    """
    at = now or timezone.now()
    done: dict[str, int] = {}
    for job in JOBS:
        if job.queue != queue:
            continue
        done[job.name] = sum(_tried(job, row, at) for row in list(job.waiting(at, BATCH)))
    return done


def _tried(job: Job, row: object, now: datetime) -> bool:
    try:
        job.do(row, now)
    except Exception:
        log.exception("work.failed", job=job.name, row=str(row))
        return False
    return True
