"""Does somebody notice when nobody looks any more, and does whoever watches the programs hear of good rounds alone?"""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from time import sleep
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from renewals.audit import Machine
from renewals.desk import pending
from renewals.models import Delivery, SetAside, SweepRun
from renewals.notices import heartbeat
from renewals.notices.life import Pulse, mail_of_round, signs_of_life
from renewals.notices.round import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
BEAT = [job for job in pending.JOBS if job.name == "heartbeat"]


def round_of(*, hours_ago: float, failed: int = 0, finished: bool = True) -> SweepRun:
    at = NOW - timedelta(hours=hours_ago)
    return SweepRun.objects.create(started_at=at, finished_at=at if finished else None, failed=failed)


def pulse() -> Pulse:
    return signs_of_life(now=NOW).pulse


def test_without_any_round_nobody_watches():
    round_of(hours_ago=1, finished=False)
    assert pulse() is Pulse.NEVER


@pytest.mark.parametrize(("hours", "expected"), [(25.9, Pulse.WELL), (26.1, Pulse.STILL)])
def test_a_good_round_counts_for_twenty_six_hours(hours, expected):
    round_of(hours_ago=hours)
    round_of(hours_ago=1, finished=False)
    assert pulse() is expected


def test_rounds_that_always_fail_at_something_are_an_alarm_although_they_end():
    round_of(hours_ago=27)
    round_of(hours_ago=1, failed=1)
    life = signs_of_life(now=NOW)
    assert life.pulse is Pulse.FAILING
    assert life.last is not None
    assert life.last.failed == 1


def test_one_failure_after_a_good_round_is_no_alarm_yet():
    round_of(hours_ago=20)
    round_of(hours_ago=1, failed=1)
    assert pulse() is Pulse.WELL


def test_a_round_from_a_clock_that_ran_ahead_proves_nothing():
    round_of(hours_ago=30)
    round_of(hours_ago=-24 * 365)
    assert pulse() is Pulse.STILL


def message(number: int, person, **fields) -> Delivery:
    row = Delivery.objects.create(
        person=person,
        day=NOW.date(),
        purpose=f"test:{number}",
        address="ana@despacho.example",
        message_id=f"<{number}@despacho.example>",
        subject="Hola",
        text="Hola",
        html="<p>Hola</p>",
        next_try_at=NOW,
        **fields,
    )
    Delivery.objects.filter(pk=row.pk).update(created_at=NOW - timedelta(hours=1))
    return row


def test_a_round_tells_what_left_since_the_one_before_and_what_did_not(ana):
    round_of(hours_ago=2)
    message(1, ana, state="sent", sent_at=NOW - timedelta(hours=1))
    message(2, ana, state="sent", sent_at=NOW - timedelta(hours=3))
    message(3, ana, state="pending", failure_code="server_unreachable", attempts=1)
    message(4, ana, state="pending")
    message(5, ana, state="failed", failure_code="recipient_refused")
    mail = mail_of_round(began_at=NOW, now=NOW)
    assert (mail.sent, mail.undelivered) == (1, 2)


def test_every_round_puts_its_numbers_on_the_record(ana):
    """Nothing is due, and a partner gets the firm's summary every working day."""
    sweep(now=NOW, by=Machine("sweep"))
    run = SweepRun.objects.finished().get()
    assert (run.evaluated, run.due, run.absorbed, run.made, run.sent, run.undelivered, run.failed) == (
        0,
        0,
        0,
        1,
        0,
        0,
        0,
    )


# --- the call to whoever watches ----------------------------------------------------------------------------------


class Watcher(BaseHTTPRequestHandler):
    """Counts calls, and answers as it is told."""

    answers: list[int] = []
    calls: list[str] = []

    def do_GET(self) -> None:
        self.calls.append(f"{self.requestline} {sorted(self.headers)}")
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Quiet."""


@contextmanager
def watching(*answers: int) -> Iterator[tuple[str, list[str]]]:
    class Mine(Watcher):
        pass

    Mine.answers, Mine.calls = list(answers), []
    server = HTTPServer(("127.0.0.1", 0), Mine)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ping/una-clave?rid=1", Mine.calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def look(minutes: int = 0) -> pending.Look:
    return pending.look(queue="default", now=NOW + timedelta(minutes=minutes), jobs=BEAT)


def test_a_good_round_is_told_once_and_with_nothing_in_it(settings):
    run = round_of(hours_ago=1)
    with watching() as (address, calls):
        settings.HEARTBEAT_URL = address
        look()
        look()
    assert calls == ["GET /ping/una-clave?rid=1 HTTP/1.1 ['Accept-Encoding', 'Host', 'User-Agent']"]
    run.refresh_from_db()
    assert run.heartbeat_at == NOW


@pytest.mark.parametrize("rounds", [[], [{"hours_ago": 1, "failed": 1}], [{"hours_ago": 27}]])
def test_what_is_no_good_round_is_not_told(settings, rounds):
    for one in rounds:
        round_of(**one)
    settings.HEARTBEAT_URL = "http://127.0.0.1:9/"
    assert look() == pending.Look(done={"heartbeat": 0}, failed={"heartbeat": 0})


def test_without_an_address_nobody_is_called(settings):
    round_of(hours_ago=1)
    settings.HEARTBEAT_URL = ""
    assert look() == pending.Look(done={"heartbeat": 0}, failed={"heartbeat": 0})


@pytest.mark.parametrize("answer", [500, 302])
def test_whoever_does_not_say_yes_is_asked_again_later(settings, answer):
    round_of(hours_ago=1)
    with watching(answer) as (address, calls):
        settings.HEARTBEAT_URL = address
        assert look().failed == {"heartbeat": 1}
        assert SetAside.objects.get().error == "HeartbeatUnanswered"
        assert look(minutes=1).done == {"heartbeat": 1}
    assert len(calls) == 2


@pytest.mark.parametrize("drop", [b"HTTP/1.1 100 Continue\r\n\r\n", b"x"])
def test_whoever_answers_without_end_holds_nobody_up(settings, monkeypatch, drop):
    monkeypatch.setattr(heartbeat, "LONGEST", 0.3)
    round_of(hours_ago=1)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dribble() -> None:
            caller, _ = server.accept()
            with caller, suppress(OSError):
                while True:
                    caller.sendall(drop)
                    sleep(0.02)

        thread = threading.Thread(target=dribble, daemon=True)
        thread.start()
        settings.HEARTBEAT_URL = f"http://127.0.0.1:{server.getsockname()[1]}/una-clave"
        assert look().failed == {"heartbeat": 1}
        thread.join(timeout=5)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/una-clave", "http://[una-clave", "https://127.0.0.1:una-clave/"]
)
def test_what_goes_wrong_does_not_quote_the_address(settings, caplog, address):
    round_of(hours_ago=1)
    settings.HEARTBEAT_URL = address
    assert look().failed == {"heartbeat": 1}
    assert "HeartbeatUnanswered" in caplog.text
    assert "una-clave" not in caplog.text


# --- the command --------------------------------------------------------------------------------------------------


def ask(*options: str) -> str:
    said = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("notices_status", *options, stdout=said)
    return said.getvalue()


def test_a_good_round_lately_is_all_a_monitor_wants_to_hear():
    round_of(hours_ago=1)
    told = json.loads(ask("--json"))
    assert told["pulse"] == "well"
    assert told["last"] == told["last_good"]
    assert told["last"]["started_at"] == "2026-11-23T17:00:00+00:00"
    assert "Última sin errores: 23/11/2026 11:00" in ask()


@pytest.mark.parametrize(
    ("rounds", "words"),
    [
        ([], "Todavía no ha corrido ninguna revisión"),
        ([{"hours_ago": 27}], "Nadie está vigilando los vencimientos"),
        ([{"hours_ago": 27}, {"hours_ago": 1, "failed": 3}], "no puede con todos"),
    ],
)
def test_a_watch_that_is_late_ends_with_1_and_says_how(rounds, words):
    for one in rounds:
        round_of(**one)
    with pytest.raises(CommandError, match=words) as refused:
        ask()
    assert refused.value.returncode == 1
