"""The vault worker starts where its master keys open what is there, and refuses loudly where they do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from firm.env import BASE_DIR
from tests.services.installation import Installation

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    return Installation(tmp_path_factory.mktemp("firm"))


def refused(installation) -> dict[str, str]:
    """What the worker writes when it does not start; fails if it does."""
    told = {
        "PATH": os.environ["PATH"],
        "FIRM_HOME": str(installation.home),
        "PLAIN_HTTP": "1",
        "PROCESS_ROLE": "vault",
        "INTAKE_PUBLIC_KEY": installation.pinned,
        "MASTER_KEYS_DIR": str(installation.keys),
    }
    worker = ["-m", "celery", "--app", "firm", "--quiet", "worker", "--queues", "vault", "--pool", "solo"]
    done = subprocess.run(
        [sys.executable, *worker, "--loglevel", "WARNING"],
        cwd=BASE_DIR,
        env=told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    said = (done.stdout + done.stderr).splitlines()
    lines: list[dict[str, str]] = [json.loads(line) for line in said if line.startswith("{")]
    (found,) = [line for line in lines if line["event"] == "start.refused"]
    return found


def test_a_wrong_master_key_is_refused_by_name(installation):
    (key,) = installation.keys.glob("*.key")
    right = key.read_bytes()
    key.write_bytes(b"w" * 32)
    found = refused(installation)
    assert (found["code"], key.stem in found["reason"]) == ("master_key_wrong", True)
    key.write_bytes(right)


def test_a_key_that_others_can_read_is_refused_by_name(installation):
    (key,) = installation.keys.glob("*.key")
    key.chmod(0o644)
    assert refused(installation)["code"] == "master_key_unsafe"
    key.chmod(0o600)
