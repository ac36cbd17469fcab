"""Does a sweep cost what is due, whatever is stored, and little more than the bare writing of its rows?

The table is synthetic, on SQLite: 300,000 certificates, or as many as ``--stored`` says. One in a hundred reaches a
mark today, as on a day of a very large firm: the marks before are in the ledger, and those that come to the mark of
their renewal get it opened. Finding is measured against the bare indexed SELECT. Writing is everything that
``write_ledger`` does (finding again, deadlines, reading, deciding, claiming, ledger, events, renewals), against
``bulk_create`` of the very same rows, made beforehand. A second sweep of the day is measured against the bare SELECT
that finds nothing; the record that every round leaves is reported apart. Memory is what Python holds at its height,
against a sweep of one batch.
"""

import sys
import tracemalloc
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from time import perf_counter, thread_time
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from benchmarks import program
from benchmarks.ratio import ratio
from renewals.audit import Machine
from renewals.expiry.due import due_ids
from renewals.expiry.windows import default_marks, marks_within, opens_renewal
from renewals.models import Certificate, Company, Notice, NoticeState, Renewal, SweepRun
from renewals.models.event import Event
from renewals.models.notice import Audience
from renewals.notices.round import BATCH, EMAIL, Tally, write_ledger

STORED = 300_000
#: One in so many is due.
DUE_ONE_IN = 100
#: So many certificates a company.
OF_A_COMPANY = 4
FINDING_PROMISE = 3.0
WRITING_PROMISE = 1.5
NOTHING_PROMISE = 1.5
MEMORY_PROMISE = 1.5
TODAY = date(2026, 3, 3)
BY = Machine("sweep")
#: What a sweep writes.
WRITTEN: tuple[models.QuerySet[Any], ...] = (Notice.objects.all(), Renewal.objects.all(), Event.objects.all())
#: Kinds in turn, with the days for which their certificates are valid, and those between deadline and last day.
KINDS = (("npie", 730, 0, "expiry"), ("efirma", 1_460, 1, "online_until"), ("csd", 1_461, 3, "needs_efirma"))


def main() -> int:
    """Print every ratio beside its promise; 1 if one is broken."""
    parser = ArgumentParser(description=main.__doc__)
    parser.add_argument("--stored", type=int, default=STORED)
    stored = parser.parse_args().stored
    program.empty_database()
    program.let_events_be_deleted()
    _fill(stored)
    due = len(_all_due())
    print(f"{stored} certificates stored, {due} due")
    found = {
        # Some milliseconds that wait for nothing: on the clock on the wall they would measure who else is working.
        "finding, the bare indexed SELECT": (
            ratio(_all_due, lambda: _bare_select(due), rounds=200, clock=thread_time),
            FINDING_PROMISE,
        ),
        "writing, bulk_create of its rows": (_writing(due), WRITING_PROMISE),
        "memory, a sweep of one batch": (_memory(), MEMORY_PROMISE),
    }
    _swept()
    nothing = ratio(_swept, lambda: _bare_select(0), rounds=3_000, clock=thread_time)
    found["a second one, the bare SELECT that finds nothing"] = (nothing, NOTHING_PROMISE)
    for name, (times, promise) in found.items():
        print(f"sweep, {name}: {times:.2f} times (promise: at most {promise})")
    print(f"apart: the record of a round takes {_record():.2f} ms")
    return 0 if all(times <= promise for times, promise in found.values()) else 1


def _swept() -> Tally:
    return write_ledger(today=TODAY, now=timezone.now(), by=BY)


def _restore(known: list[tuple[models.QuerySet[Any], int]], due: list[int]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for rows, last in known:
            # As one statement: Django would look for everything that might hang on each row.
            cursor.execute(f"DELETE FROM {_table(rows)} WHERE id > %s", [last])
        for start in range(0, len(due), 10_000):
            Certificate.objects.filter(pk__in=due[start : start + 10_000]).update(next_mark_on=TODAY)


def _known() -> list[tuple[models.QuerySet[Any], int]]:
    return [(rows, rows.aggregate(last=models.Max("pk"))["last"] or 0) for rows in WRITTEN]


def _writing(expected: int) -> float:
    known, due = _known(), _all_due()

    def sweep() -> None:
        tally = _swept()
        if (tally.evaluated, tally.due, tally.failed) != (expected, expected, 0):
            raise AssertionError(tally)

    sweep()
    written = [(rows, list(rows.filter(pk__gt=last).order_by("pk"))) for rows, last in known]
    print("a sweep writes", ", ".join(f"{len(made)} rows in {_table(rows)}" for rows, made in written))
    _restore(known, due)

    def bare() -> None:
        with transaction.atomic():
            for rows, made in written:
                rows.bulk_create(made, batch_size=1_000)

    return ratio(sweep, bare, rounds=9, restore=lambda: _restore(known, due))


def _memory() -> float:
    """How many times more a sweep holds at its height than one of a single batch."""
    known, due = _known(), _all_due()
    held = []
    for some in (due[:BATCH], due):
        Certificate.objects.past_a_mark(today=TODAY).update(next_mark_on=TODAY + timedelta(days=1))
        _restore([], some)
        tracemalloc.start()
        _swept()
        held.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        _restore(known, due)
    print("memory at its height, one batch and all:", ", ".join(f"{one / 1e6:.1f} MB" for one in held))
    return held[1] / held[0]


def _record() -> float:
    """Milliseconds for the row that a round writes and completes, the disk included."""
    started = perf_counter()
    for _ in range(100):
        run = SweepRun.objects.create(started_at=timezone.now())
        SweepRun.objects.filter(pk=run.pk).update(finished_at=timezone.now())
    return (perf_counter() - started) * 10


def _all_due() -> list[int]:
    return [pk for some in due_ids(today=TODAY) for pk in some]


def _table(rows: models.QuerySet[Any]) -> str:
    return str(rows.model._meta.db_table)  # noqa: SLF001  # Django documents it under this name


def _bare_select(expected: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [TODAY.isoformat()])
        if len(cursor.fetchall()) != expected:
            raise AssertionError("the table is not as it should be")


BARE = f"SELECT id FROM {_table(Certificate.objects.all())} WHERE next_mark_on <= %s"


def _fill(stored: int) -> None:
    # One more company than divides evenly, so that each has certificates of several kinds.
    companies = stored // OF_A_COMPANY + 1
    with transaction.atomic():
        Company.objects.bulk_create(
            Company(pk=number, rfc=f"AAA{number:06}AAA", name=f"Empresa {number}") for number in range(1, companies + 1)
        )
        _insert_certificates(stored, companies)
        due = list(Certificate.objects.past_a_mark(today=TODAY).defer("der"))
        Notice.objects.bulk_create(notice for row in due for notice in _told_before(row))
        Renewal.objects.bulk_create(
            Renewal(company_id=row.company_id, certificate=row, plan="general", edition=1, state="open")
            for row in due
            if any(opens_renewal(mark, row.kind) for mark in _marks_before_today(row))
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert_certificates(stored: int, companies: int) -> None:
    # Through the driver itself: as model instances so many rows would take minutes.
    fields = Certificate._meta.concrete_fields  # noqa: SLF001  # Django documents it under this name
    blank = Certificate(company_id=1, not_before=timezone.now(), not_after=timezone.now(), next_mark_on=TODAY)
    blank.expires_on, blank.deadline_on, blank.key_bits, blank.der = TODAY, TODAY, 2048, b"\0" * 1_200
    values: dict[str, Any] = {
        str(field.column): field.get_db_prep_save(field.pre_save(blank, add=True), connection) for field in fields
    }
    columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
    statement = f"INSERT INTO {_table(Certificate.objects.all())} ({columns}) VALUES ({places})"
    with connection.cursor() as cursor:
        certificates = _certificates(stored, companies)
        while rows := list(islice(certificates, 10_000)):
            cursor.executemany(statement, [tuple((values | row).values()) for row in rows])


def _certificates(stored: int, companies: int) -> Iterator[dict[str, object]]:
    for number in range(1, stored + 1):
        kind, validity, after, reason = KINDS[number % len(KINDS)]
        marks = marks_within(default_marks(kind), validity)
        is_due = number % DUE_ONE_IN == 0
        # The others are far from their first mark, spread over the months to come.
        days = marks[number // DUE_ONE_IN % len(marks)] if is_due else marks[0] + 1 + number % 300
        deadline_on = TODAY + timedelta(days=days)
        not_after = datetime.combine(deadline_on + timedelta(days=after), time(20))
        yield {
            "id": number,
            "company_id": 1 + number % companies,
            "kind": kind,
            "scope": str(number),
            "serial": f"{number:020}",
            "not_before": str(not_after - timedelta(days=validity)),
            "not_after": str(not_after),
            "expires_on": str(not_after.date()),
            "deadline_on": str(deadline_on),
            "deadline_reason": reason,
            "sha256": f"{number:064x}",
            "public_key_sha256": f"{number:064x}",
            "next_mark_on": str(TODAY if is_due else deadline_on - timedelta(days=marks[0])),
        }


def _marks_before_today(row: Certificate) -> list[int]:
    marks = marks_within(default_marks(row.kind), (row.not_after - row.not_before).days)
    return [mark for mark in marks if mark > row.days_to_deadline(TODAY)]


def _told_before(row: Certificate) -> Iterator[Notice]:
    for mark in _marks_before_today(row):
        yield Notice(
            certificate=row,
            deadline_on=row.deadline_on,
            mark=mark,
            audience=Audience.RESPONSIBLE,
            channel=EMAIL,
            state=NoticeState.CARRIED,
            crossed_on=row.deadline_on - timedelta(days=mark),
        )


if __name__ == "__main__":
    sys.exit(main())
