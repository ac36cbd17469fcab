"""Does a sweep over 300,000 certificates cost what is due, and little more than the bare writing of its rows?

The table is synthetic, on SQLite. One certificate in a hundred reaches a mark today, as on a day of a very large firm:
the marks before are in the ledger, and those that come to the mark of their renewal get it opened. Finding is measured
against the bare indexed SELECT. Writing is everything that ``write_ledger`` does (finding again, reading, deciding,
claiming, ledger, events, renewals), against ``bulk_create`` of the very same rows, made beforehand.
"""

import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from time import thread_time
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from benchmarks import program
from benchmarks.ratio import ratio
from renewals.audit import Machine
from renewals.expiry.due import due_ids
from renewals.expiry.windows import default_marks, marks_within, opens_renewal
from renewals.models import Certificate, Company, Notice, NoticeState, Renewal
from renewals.models.event import Event
from renewals.models.notice import Audience
from renewals.notices.round import EMAIL, write_ledger

STORED = 300_000
DUE = 3_000
COMPANIES = 3_000
FINDING_PROMISE = 3.0
WRITING_PROMISE = 1.5
TODAY = date(2026, 3, 3)
#: What a sweep writes.
WRITTEN: tuple[models.QuerySet[Any], ...] = (Notice.objects.all(), Renewal.objects.all(), Event.objects.all())
#: Kinds in turn, with the days for which their certificates are valid.
KINDS = (("npie", 730), ("efirma", 1_460), ("csd", 1_461))


def main() -> int:
    """Print both ratios beside their promises; 1 if one is broken."""
    program.empty_database()
    program.let_events_be_deleted()
    _fill()
    # A few milliseconds that wait for nothing: on the clock on the wall they would measure who else is working.
    finding = ratio(_all_due, _bare_select, rounds=200, clock=thread_time)
    print(f"sweep, finding: {finding:.2f} times the bare indexed SELECT (promise: at most {FINDING_PROMISE})")
    writing = _writing()
    print(f"sweep, writing: {writing:.2f} times bulk_create of its rows (promise: at most {WRITING_PROMISE})")
    return 0 if finding <= FINDING_PROMISE and writing <= WRITING_PROMISE else 1


def _writing() -> float:
    known = [(rows, rows.aggregate(last=models.Max("pk"))["last"] or 0) for rows in WRITTEN]
    due = _all_due()

    def sweep() -> None:
        tally = write_ledger(today=TODAY, now=timezone.now(), by=Machine("sweep"))
        if (tally.evaluated, tally.due, tally.failures) != (DUE, DUE, []):
            raise AssertionError(tally)

    def restore() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for rows, last in known:
                # As one statement: Django would look for everything that might hang on each row.
                cursor.execute(f"DELETE FROM {_table(rows)} WHERE id > %s", [last])
        Certificate.objects.filter(pk__in=due).update(next_mark_on=TODAY)

    sweep()
    written = [(rows, list(rows.filter(pk__gt=last).order_by("pk"))) for rows, last in known]
    print("a sweep writes", ", ".join(f"{len(made)} rows in {_table(rows)}" for rows, made in written))
    restore()

    def bare() -> None:
        with transaction.atomic():
            for rows, made in written:
                rows.bulk_create(made, batch_size=1_000)

    return ratio(sweep, bare, rounds=9, restore=restore)


def _all_due() -> list[int]:
    return [pk for some in due_ids(today=TODAY) for pk in some]


def _table(rows: models.QuerySet[Any]) -> str:
    return str(rows.model._meta.db_table)  # noqa: SLF001  # Django documents it under this name


def _bare_select() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {_table(Certificate.objects.all())} WHERE next_mark_on <= %s", [TODAY.isoformat()]
        )
        if len(cursor.fetchall()) != DUE:
            raise AssertionError("the table is not as it should be")


def _fill() -> None:
    with transaction.atomic():
        Company.objects.bulk_create(
            Company(pk=number, rfc=f"AAA{number:06}AAA", name=f"Empresa {number}") for number in range(1, COMPANIES + 1)
        )
        _insert_certificates()
        due = list(Certificate.objects.past_a_mark(today=TODAY).defer("der"))
        Notice.objects.bulk_create(notice for row in due for notice in _told_before(row))
        Renewal.objects.bulk_create(
            Renewal(company_id=row.company_id, certificate=row, plan="general", edition=1, state="open")
            for row in due
            if any(opens_renewal(mark, row.kind) for mark in _marks_before_today(row))
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert_certificates() -> None:
    # Through the driver itself: as model instances so many rows would take minutes.
    fields = Certificate._meta.concrete_fields  # noqa: SLF001  # Django documents it under this name
    blank = Certificate(company_id=1, not_before=timezone.now(), not_after=timezone.now(), next_mark_on=TODAY)
    blank.expires_on, blank.key_bits, blank.der = TODAY, 2048, b"\0" * 1_200
    values: dict[str, Any] = {
        str(field.column): field.get_db_prep_save(field.pre_save(blank, add=True), connection) for field in fields
    }
    columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
    statement = f"INSERT INTO {_table(Certificate.objects.all())} ({columns}) VALUES ({places})"
    with connection.cursor() as cursor:
        certificates = _certificates()
        while rows := list(islice(certificates, 10_000)):
            cursor.executemany(statement, [tuple((values | row).values()) for row in rows])


def _certificates() -> Iterator[dict[str, object]]:
    for number in range(1, STORED + 1):
        kind, validity = KINDS[number % len(KINDS)]
        marks = marks_within(default_marks(kind), validity)
        is_due = number % (STORED // DUE) == 0
        # The others are far from their first mark, spread over the months to come.
        days_left = marks[number // 100 % len(marks)] if is_due else marks[0] + 1 + number % 300
        expires_on = TODAY + timedelta(days=days_left)
        not_after = datetime.combine(expires_on, time(20))
        yield {
            "id": number,
            "company_id": 1 + number % COMPANIES,
            "kind": kind,
            "scope": str(number),
            "serial": f"{number:020}",
            "not_before": str(not_after - timedelta(days=validity)),
            "not_after": str(not_after),
            "expires_on": str(expires_on),
            "sha256": f"{number:064x}",
            "public_key_sha256": f"{number:064x}",
            "next_mark_on": str(TODAY if is_due else expires_on - timedelta(days=marks[0])),
        }


def _marks_before_today(row: Certificate) -> list[int]:
    marks = marks_within(default_marks(row.kind), (row.not_after - row.not_before).days)
    return [mark for mark in marks if mark > row.days_left(TODAY)]


def _told_before(row: Certificate) -> Iterator[Notice]:
    for mark in _marks_before_today(row):
        yield Notice(
            certificate=row,
            mark=mark,
            audience=Audience.RESPONSIBLE,
            channel=EMAIL,
            state=NoticeState.CARRIED,
            crossed_on=row.expires_on - timedelta(days=mark),
        )


if __name__ == "__main__":
    sys.exit(main())
