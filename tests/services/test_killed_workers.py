"""Killing a worker at any moment loses nothing and does nothing twice: real processes, real SIGKILLs."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

import pytest

from firm.env import BASE_DIR
from tests.services.installation import Installation

pytestmark = pytest.mark.services

#: A few dozen as a matter of course; ``make torture`` asks for a thousand.
KILLS = int(os.environ.get("KILLS", "16"))


@pytest.mark.torture
def test_workers_killed_at_any_moment_lose_nothing_and_do_nothing_twice(tmp_path):
    made = Installation(tmp_path / "home")
    seed = random.randrange(10**6)
    done = subprocess.run(
        [sys.executable, "-m", "tests.services.mortal_workers", str(KILLS), str(seed)],
        cwd=BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "firm.settings",
            "FIRM_HOME": str(made.home),
            "PLAIN_HTTP": "1",
            "PROCESS_ROLE": "vault",
            "MASTER_KEYS_DIR": str(made.keys),
            "INTAKE_PUBLIC_KEY": made.pinned,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-4000:]}"
    found = json.loads(done.stdout)
    companies = found["companies"]

    assert found["keys"] == {"proved": companies}, f"seed {seed}"
    assert found["pairs"] == {"in_custody": companies}, f"seed {seed}"
    assert found["told_twice"] == [], f"seed {seed}"
    assert set(found["renewals"]) == {"open"}, f"seed {seed}"
    assert found["laid_out_wrong"] == [], f"seed {seed}"
    # Where the sweep was faster the request finds the renewal under way, and says so; every row has one answer.
    assert set(found["bulk"]) <= {"done", "refused"}, f"seed {seed}"
    assert sum(found["bulk"].values()) == (companies + 1) // 2, f"seed {seed}"
    # What could not leave on its day was withdrawn, and its lines were told in another message.
    assert {"sent"} <= set(found["deliveries"]) <= {"sent", "withdrawn"}, f"seed {seed}"
    assert found["messages"] >= 1
    # A death between the server's yes and the record sends a second copy, under the same Message-ID and no other.
    assert found["never_sent"] == found["sent_unknown"] == [], f"seed {seed}"
