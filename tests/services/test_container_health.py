"""Does each container's own question find out whether its process does its work?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from celery import Celery

from firm import health
from firm.env import BASE_DIR
from tests.servers import free_port
from tests.services.running import wait_for

pytestmark = pytest.mark.services


def told(home, role, redis_url):
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(BASE_DIR),
        "FIRM_HOME": str(home),
        "PLAIN_HTTP": "1",
        "PROCESS_ROLE": role,
        "REDIS_URL": redis_url,
    }


def asked(home, role, redis_url) -> int:
    command = [sys.executable, "-m", "firm.health"]
    done = subprocess.run(command, env=told(home, role, redis_url), capture_output=True, check=False, timeout=120)
    assert b"Traceback" not in done.stderr
    return done.returncode


def order_about(redis_url: str) -> None:
    """What whoever reaches Redis can try: look into the worker, take its queue, end it."""
    with Celery(broker=redis_url, set_as_current=False) as somebody:
        told = somebody.control.inspect(timeout=2).conf()
        done = somebody.control.cancel_consumer("default", reply=True, timeout=2)
        assert isinstance(told, dict)
        assert isinstance(done, list)
        assert [list(answer) for one in (told, *done) for answer in one.values()] == [["error"], ["error"]]
        somebody.control.shutdown()
        time.sleep(2)


def test_a_worker_is_well_while_it_answers_and_not_when_it_is_gone(tmp_path, redis_url):
    command = ["-m", "celery", "--app", "firm", "--quiet", "worker", "--queues", "default", "--pool", "solo"]
    log = tmp_path / "worker.log"
    with log.open("w") as output:
        worker = subprocess.Popen(
            [sys.executable, *command, "--hostname", "worker@%h", "--loglevel", "INFO"],
            env=told(tmp_path, "worker", redis_url),
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    try:
        wait_for(lambda: "ready" in log.read_text(), seconds=90, why="the worker is ready")
        assert asked(tmp_path, "worker", redis_url) == 0
        assert asked(tmp_path, "vault", redis_url) == 1
        order_about(redis_url)
        assert asked(tmp_path, "worker", redis_url) == 0
        assert worker.poll() is None
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert asked(tmp_path, "worker", redis_url) == 1


def test_a_worker_without_a_broker_is_not_well(tmp_path):
    assert asked(tmp_path, "worker", f"redis://127.0.0.1:{free_port()}/0") == 1


def test_the_pages_are_well_while_they_answer(live_server, monkeypatch):
    monkeypatch.setattr(health, "PORT", int(live_server.url.rsplit(":", 1)[1]))
    monkeypatch.setitem(os.environ, "ALLOWED_HOSTS", "localhost")
    assert health.web_answers()
    monkeypatch.setattr(health, "PORT", free_port())
    assert not health.web_answers()


def test_the_clock_is_well_while_it_writes_its_schedule(tmp_path, monkeypatch):
    monkeypatch.setattr(health, "BEAT_SCHEDULE", tmp_path / "beat-schedule")
    assert not health.clock_ticks()
    written = tmp_path / "beat-schedule.dat"
    written.touch()
    assert health.clock_ticks()
    long_ago = time.time() - health.SECONDS_BETWEEN_WRITES - 1
    os.utime(written, (long_ago, long_ago))
    assert not health.clock_ticks()
