"""Do 5,000 digests cost at most twice what rendering, building and sending the same messages costs without a database?

``python -m benchmarks.digests [HOW_MANY]``. Ours is everything: planning, what each line needs of the database, the
words, the rows, and then for each message the comparison with the world, the connection, the letter itself. The bare
loop is given the facts of each line, and words, renders, builds and sends them over one connection of ``smtplib``. All
of it is measured in time of this process, in one run, against a mail server of our own in another process. Claims and
records (the statements that make a message leave once) are told apart, with the time that they wait for the disk.
"""

import multiprocessing
import os
import smtplib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from time import perf_counter, process_time
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import program
from renewals.audit import Machine
from renewals.desk import pending
from renewals.models import Certificate, Company, Delivery, Notice, PairState, Person
from renewals.notices import digest, words, writing
from renewals.notices.lines import Line, line_for
from renewals.notices.message import compose_digest
from tests.services.mail_sink import mail_sink

HOW_MANY = 5_000
PROMISE = 2.0
TODAY = date(2026, 3, 3)
NOON = datetime(2026, 3, 3, 12, tzinfo=ZoneInfo("America/Mexico_City"))


def main(how_many: int) -> int:
    """Print the ratio beside its promise; 1 if it is broken."""
    program.empty_database()
    _fill(how_many)
    with _server() as port:
        settings.EMAIL_BACKEND = "renewals.notices.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        composed: list[dict[str, Any]] = []
        worded: list[Callable[[], Line]] = []
        claims = _Claims()

        def remembered(**told: Any) -> Any:
            composed.append(told)
            return compose_digest(**told)

        def line_remembered(*facts: Any, **more: Any) -> Line:
            worded.append(partial(line_for, *facts, **more))
            return line_for(*facts, **more)

        # The bare loop is given the same facts; remembering them costs next to nothing.
        with patch.object(writing, "compose_digest", remembered), patch.object(words, "line_for", line_remembered):
            making = _cost(lambda: digest.assemble(now=NOON, by=Machine("sweep")))
        Delivery.objects.update(next_try_at=NOON)
        with (
            connection.execute_wrapper(claims),
            patch.object(connection, "commit", claims.committing(connection.commit)),
        ):
            sending = _cost(_send_all)
        if Delivery.objects.filter(state="sent").count() != how_many:
            raise AssertionError("not every message left")
        bare = _cost(lambda: _bare(composed, worded, port))
    ours = making + sending - claims.cost
    print(f"{how_many} digests: making {making:.1f} s, sending {sending - claims.cost:.1f} s, bare loop {bare:.1f} s")
    print(f"claims and records: {claims.cost:.1f} s, and {claims.waited:.1f} s of waiting for the disk")
    print(f"digests: {ours / bare:.2f} times the bare loop (promise: at most {PROMISE})")
    return 0 if ours / bare <= PROMISE else 1


class _Claims:
    """What it costs that a message leaves once: claiming it, and writing down that it left, with its event."""

    def __init__(self) -> None:
        self.cost = self.waited = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  # so Django calls it
        if not sql.startswith(("UPDATE", "INSERT", "BEGIN")):
            return execute(sql, params, many, context)
        return self._measured(lambda: execute(sql, params, many, context))

    def committing(self, commit: Callable[[], None]) -> Callable[[], None]:
        return lambda: self._measured(commit)

    def _measured(self, work: Callable[[], Any]) -> Any:
        cost, began = process_time(), perf_counter()
        try:
            return work()
        finally:
            spent = process_time() - cost
            self.cost += spent
            self.waited += perf_counter() - began - spent


def _cost(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


def _send_all() -> None:
    while pending.look(queue="default", now=NOON, jobs=[job for job in pending.JOBS if job.name == "mail"]).done[
        "mail"
    ]:
        pass


def _bare(composed: list[dict[str, Any]], worded: list[Callable[[], Line]], port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number, (told, line) in enumerate(zip(composed, worded, strict=True)):
            written = compose_digest(**{**told, "new": [line()]})
            message = EmailMessage()
            message["Subject"], message["From"] = written.subject, settings.DEFAULT_FROM_EMAIL
            message["To"], message["Message-ID"] = f"eva{number}@despacho.example", f"<{number}@despacho.example>"
            message.set_content(written.text)
            message.add_alternative(written.html, subtype="html")
            server.send_message(message)


def _serve(ports: Any) -> None:
    with mail_sink() as sink:
        ports.put(sink.port)
        while True:
            # What it keeps is of no interest here.
            sink.accepted.clear()
            os.sched_yield()
            multiprocessing.Event().wait(1)


@contextmanager
def _server() -> Iterator[int]:
    ports: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=_serve, args=(ports,), daemon=True)
    process.start()
    try:
        yield ports.get(timeout=30)
    finally:
        process.kill()
        process.join()


def _fill(how_many: int) -> None:
    """So many people with a company each, whose certificate reached a mark today; and nobody above them."""
    last_moment = datetime(2026, 3, 10, 23, 59, tzinfo=ZoneInfo("America/Mexico_City"))
    with transaction.atomic():
        people = Person.objects.bulk_create(
            Person(username=f"eva{number}", email=f"eva{number}@despacho.example") for number in range(how_many)
        )
        companies = Company.objects.bulk_create(
            Company(rfc=f"AAA{number:06}AAA", name=f"Empresa {number}", responsible=person)
            for number, person in enumerate(people)
        )
        certificates = Certificate.objects.bulk_create(
            Certificate(
                company=company,
                kind="npie",
                scope=f"{number:010}",
                serial=f"{number:020}",
                rfc=company.rfc,
                not_before=last_moment - timedelta(days=730),
                not_after=last_moment,
                expires_on=TODAY + timedelta(days=7),
                deadline_on=TODAY + timedelta(days=7),
                key_bits=2048,
                sha256=f"{number:064x}",
                public_key_sha256=f"{number:064x}",
                der=b"",
                pair_state=PairState.IN_CUSTODY,
            )
            for number, company in enumerate(companies)
        )
        Notice.objects.bulk_create(
            Notice(
                certificate=row,
                deadline_on=row.deadline_on,
                mark=7,
                audience="responsible",
                channel="email",
                crossed_on=TODAY,
                created_at=timezone.now(),
            )
            for row in certificates
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else HOW_MANY))
