"""What happens when nobody carries the messages, and what when somebody does?"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from firm.env import BASE_DIR
from tests.servers import free_port
from tests.services.running import wait_for

pytestmark = pytest.mark.services

#: As a page does it: a change and its nudge in one transaction, the answer when both are through.
QUEUE_A_RENEWAL = """
import sys, time
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
from datetime import timedelta
call_command("migrate", verbosity=0)
from renewals.procedure.queueing import queue_renewals
from tests import factories
from tests.pairs import make_pair
beto = factories.person("beto")
certificate = factories.certificate(factories.company(responsible=beto), make_pair("npie"))
began = time.monotonic()
outcome = queue_renewals(certificates=[certificate], by=beto, now=timezone.now())
sys.stdout.write(f"{len(outcome.created)} {time.monotonic() - began:.3f}")
"""


def environment(home, **told):
    kept = {name: os.environ[name] for name in ("PATH",)}
    return {
        **kept,
        "PYTHONPATH": str(BASE_DIR),
        "DJANGO_SETTINGS_MODULE": "firm.settings",
        "FIRM_HOME": str(home),
        "PLAIN_HTTP": "1",
        **told,
    }


def run(home, *command, **told):
    done = subprocess.run(
        [sys.executable, *command],
        cwd=BASE_DIR,
        env=environment(home, **told),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def states(home):
    with sqlite3.connect(home / "firm.sqlite3", timeout=30) as database:
        return [row[0] for row in database.execute("SELECT state FROM renewals_renewal")]


@contextmanager
def worker(home, **told):
    """The default worker as it really runs, without beat: nothing but a nudge makes it look."""
    log = home / "worker.log"
    with log.open("w") as output:
        options = ["--pool", "solo", "--loglevel", "INFO", "--hostname", "test@%h"]
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "firm", "--quiet", "worker", "--queues", "default", *options],
            cwd=BASE_DIR,
            env=environment(home, PROCESS_ROLE="worker", **told),
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        wait_for(lambda: "ready" in log.read_text(), seconds=90, why="the worker is ready")
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


def closed_port() -> str:
    return f"redis://:nadie@127.0.0.1:{free_port()}/0"


def test_a_dead_redis_holds_nobody_up_and_the_work_is_found_later(home):
    told = {"REDIS_URL": closed_port()}
    created, seconds = run(home, "-c", QUEUE_A_RENEWAL, **told).split()
    assert created == "1"
    assert float(seconds) < 2
    assert states(home) == ["queued"]

    run(home, "manage.py", "work_pending", **told)
    assert states(home) == ["open"]


def test_a_dead_folder_holds_nobody_up_and_the_work_is_found_later(home):
    # Whatever is in the way of the folder, root included: messages cannot be written beneath a file.
    spoil = "from pathlib import Path; from django.conf import settings; import firm.celery_config, shutil\n"
    spoil += "folder = Path(settings.FIRM_HOME) / 'broker' / 'in'; shutil.rmtree(folder); folder.touch()\n"
    script = QUEUE_A_RENEWAL.replace("began = time", f"{spoil}began = time")
    created, seconds = run(home, "-c", script).split()
    assert created == "1"
    assert float(seconds) < 2
    assert states(home) == ["queued"]

    (home / "broker" / "in").unlink()
    run(home, "manage.py", "work_pending")
    assert states(home) == ["open"]


def test_a_nudge_reaches_a_worker_through_redis(home, redis_url):
    run(home, "manage.py", "migrate", "--verbosity", "0")
    with worker(home, REDIS_URL=redis_url):
        assert run(home, "-c", QUEUE_A_RENEWAL, REDIS_URL=redis_url).startswith("1 ")
        wait_for(lambda: states(home) == ["open"], seconds=30, why="the worker was woken")


def test_a_nudge_reaches_a_worker_through_the_folder(home):
    run(home, "manage.py", "migrate", "--verbosity", "0")
    with worker(home):
        assert run(home, "-c", QUEUE_A_RENEWAL).startswith("1 ")
        wait_for(lambda: states(home) == ["open"], seconds=30, why="the worker was woken")


def test_what_a_killed_worker_held_is_found_again(home, redis_url):
    """A worker that is killed at once after the nudge: whether it had begun or not, the next look finishes it."""
    run(home, "manage.py", "migrate", "--verbosity", "0")
    with worker(home, REDIS_URL=redis_url) as process:
        run(home, "-c", QUEUE_A_RENEWAL, REDIS_URL=redis_url)
        os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.2)
    run(home, "manage.py", "work_pending", REDIS_URL=redis_url)
    assert states(home) == ["open"]


def test_nothing_but_ids_travels(home):
    run(home, "-c", QUEUE_A_RENEWAL)
    messages = [path.read_text() for path in (home / "broker" / "in").iterdir()]
    assert messages
    assert all('"content-type": "application/json"' in message for message in messages)
    assert not any("EKU9003173C9" in message or "Kemper" in message for message in messages)
