"""Does everybody get their message once, whenever a Celery worker that writes and sends them is killed?"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from celery import Celery

from firm.env import BASE_DIR
from firm.runner.family import children_of
from firm.runner.place import Place
from tests.services.mail_sink import Sink, mail_sink
from tests.services.running import wait_for

pytestmark = pytest.mark.services

#: Beside the few dozen deaths of ``test_killed_workers`` some of a Celery worker; ``make torture`` asks for a thousand.
KILLS = int(os.environ.get("KILLS", "10"))
#: So many people at a time; more come when all of them have their message, so that no death finds an idle worker.
PEOPLE = 40
#: Seconds that a worker lives on average once it is at work; a fresh one needs a good part of one to warm up.
AVERAGE_LIFE, LONGEST_LIFE = 1.0, 3.0


def midday() -> str:
    """A time zone in which it is about noon: no message is written before seven."""
    offset = datetime.now(UTC).hour - 12
    return f"Etc/GMT{offset:+d}" if offset else "Etc/GMT"


class Mailroom:
    """A firm with its own folder, and the default worker as the runner starts it."""

    def __init__(self, home: Path, sink: Sink) -> None:
        self.home = home
        self.sink = sink
        family = children_of(home=home, place=Place("127.0.0.1", 8000), intake_public_key="")
        (self.worker,) = [child for child in family if child.name == "worker"]
        server = {"EMAIL_URL": f"smtp://127.0.0.1:{sink.port}", "TIME_ZONE": midday()}
        self.told = {**self.worker.environment, **server, "DJANGO_SETTINGS_MODULE": "firm.settings"}
        folder = home / "broker"
        (folder / "in").mkdir(mode=0o700, parents=True)
        self.broker = Celery(broker="filesystem://localhost", set_as_current=False)
        self.broker.conf.broker_transport_options = {
            "data_folder_in": str(folder / "in"),
            "data_folder_out": str(folder / "in"),
            "control_folder": str(folder / "control"),
        }

    def run(self, *command: str) -> str:
        """What a process of the program says."""
        done = subprocess.run(
            [sys.executable, *command], cwd=BASE_DIR, env=self.told, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    @contextmanager
    def working(self) -> Iterator[None]:
        """A worker, at work when the block begins and killed when it ends; what it held lapses before the next one."""
        before = self.signs_of_life()
        with (self.home / "worker.log").open("ab") as log:
            worker = subprocess.Popen(self.worker.command, cwd=BASE_DIR, env=self.told, stdout=log, stderr=log)
        try:
            for name in ("renewals.sweep", "renewals.work_pending"):
                self.broker.send_task(name, queue="default")
            wait_for(lambda: self.signs_of_life() != before, seconds=60, why="the worker is at work")
            threads = Path(f"/proc/{worker.pid}/task").glob("*/children")
            assert not any(one.read_text() for one in threads), (
                "a child that dies alone may take the broker's turn along"
            )
            yield
        finally:
            worker.kill()
            worker.wait()
        self.query("UPDATE renewals_delivery SET lease_until = '2000-01-01' WHERE state = 'sending'")

    def signs_of_life(self) -> tuple[int, int]:
        """Rounds begun and conversations with the mail server: either says that somebody is at work."""
        return self.query("SELECT count(*) FROM renewals_sweeprun"), self.sink.conversations

    def query(self, sql: str) -> int:
        """The first number of the answer, or how many rows were changed."""
        with closing(sqlite3.connect(self.home / "firm.sqlite3", timeout=30)) as database, database:
            cursor = database.execute(sql)
            return int(cursor.fetchone()[0]) if cursor.description else cursor.rowcount

    def is_at_rest(self) -> bool:
        """Whether every message that has to be was written and sent."""
        people = self.query("SELECT count(*) FROM renewals_person")
        return people == self.query("SELECT count(*) FROM renewals_delivery WHERE state = 'sent'")

    def supply(self) -> None:
        """More people, whose certificates have all reached a mark."""
        self.run("-m", "tests.services.mail_process", "supply", str(PEOPLE))


@pytest.mark.torture
def test_everybody_gets_their_message_once_whenever_the_worker_is_killed(tmp_path):
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    with mail_sink() as sink:
        room = Mailroom(tmp_path, sink)
        room.run("manage.py", "migrate", "--no-input", "--verbosity", "0")
        for _ in range(KILLS):
            if room.is_at_rest():
                room.supply()
            with room.working():
                time.sleep(min(chance.expovariate(1 / AVERAGE_LIFE), LONGEST_LIFE))
        with room.working():
            wait_for(room.is_at_rest, seconds=120, why="everybody has their message")
        found = json.loads(room.run("-m", "tests.services.mail_process", "findings"))

    people = len(found["messages"])
    assert people >= PEOPLE
    assert found["wrong"] == [], f"seed {seed}"
    assert found["still_due"] == 0, f"seed {seed}"
    assert found["states"] == {"sent": people}, f"seed {seed}"
    assert set(found["lines"].values()) == {3}, f"seed {seed}"
    copies = {address: sink.ids_for(address) for address in found["messages"]}
    assert {to for to, _ in sink.accepted} == set(copies), f"seed {seed}"
    for address, ids in copies.items():
        # More than one copy only where somebody died between the server's yes and the record.
        assert set(ids) == {found["messages"][address]}, f"seed {seed}"
    assert len(sink.accepted) <= people + KILLS, f"seed {seed}"
