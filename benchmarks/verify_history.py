"""Does looking at a history of 1,000,000 events take little longer than reading and hashing the same stored bytes?

On SQLite, with the tables as the program fills them: events written by ``audit.record_many`` for 1,000 companies,
linked and signed by the sealer. Beside it, the bare work: reading every column of the same tables in the same order,
one SHA-256 over the bytes and the link of each event, and one over each of the signed heads.
"""

import argparse
import sys
from hashlib import sha256
from time import thread_time

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import program
from benchmarks.ratio import ratio
from renewals.audit import Entry, Machine, RowOf, record_many, sealing
from renewals.audit.verifying import verify
from renewals.models import Certificate, Company

EVENTS = 1_000_000
COMPANIES = 1_000
PROMISE = 2.0
AT_ONCE = 10_000


def main() -> int:
    """Print the ratio beside its promise; 1 if the promise is broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    program.empty_database()
    _fill(asked.events)

    def ours() -> None:
        report = verify(require_signed=lambda *_: None, now=timezone.now())
        if (report.events, report.waiting, report.findings) != (asked.events, 0, []):
            raise AssertionError(report.findings[:3])

    # Of one thread that waits for nothing: on the clock on the wall it would measure who else is working.
    found = ratio(ours, lambda: _bare(asked.events), rounds=asked.rounds, clock=thread_time)
    print(f"verify_history: {found:.2f} times reading and hashing {asked.events:,} events (promise: at most {PROMISE})")
    return 0 if found <= PROMISE else 1


def _bare(events: int) -> None:
    read = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, e.at || '', e.name, e.person_id, e.actor, e.company_id, e.subject_type, e.subject_id, "
            "e.facts, e.canonical, s.chain, s.position, s.link "
            "FROM renewals_event e LEFT JOIN renewals_eventseal s ON s.event_id = e.id ORDER BY e.id"
        )
        while rows := cursor.fetchmany(2_000):
            read += len(rows)
            for row in rows:
                sha256(row[9] + row[12]).digest()
        cursor.execute("SELECT id, at || '', statement, signature, audit_key_id FROM renewals_signedheads ORDER BY id")
        for row in cursor:
            sha256(row[2] + row[3]).digest()
    if read != events:
        raise AssertionError(read)


def _fill(events: int) -> None:
    Company.objects.bulk_create(
        Company(pk=number, rfc=f"AAA{number:06}AAA", name=f"Empresa {number}") for number in range(1, COMPANIES + 1)
    )
    by = Machine("sweep")
    for start in range(0, events, AT_ONCE):
        with transaction.atomic():
            record_many(
                Entry(
                    "certificate.mark_reached",
                    by=by,
                    subject=RowOf(Certificate, number),
                    company_id=1 + number % COMPANIES,
                    facts={"mark": 30, "absorbed": number % 3},
                )
                for number in range(start, min(start + AT_ONCE, events))
            )
    sealing.link_and_sign(now=timezone.now(), sign=lambda _line: (bytes(64), "ak-bench"))


if __name__ == "__main__":
    sys.exit(main())
