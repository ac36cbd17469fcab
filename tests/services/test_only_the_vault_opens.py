"""Real processes: pages and the default worker seal and cannot open; vault workers can, also several at once."""

from __future__ import annotations

import random
import re
import signal
import time

import pytest

from tests.services.installation import Installation

pytestmark = pytest.mark.services
PAIRS = 12


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """With keys of several companies, sealed by a web process and waiting."""
    made = Installation(tmp_path_factory.mktemp("home"))
    assert made.does(f"store {PAIRS}", role="web") == f"stored {PAIRS}"
    return made


def test_the_value_to_pin_stays_the_same(installation):
    assert installation.vault_init() == installation.pinned
    assert installation.pinned.startswith("ik-")


@pytest.mark.parametrize("role", ["web", "worker"])
@pytest.mark.parametrize("keys", [False, True], ids=["without the keys", "with the keys by mistake"])
def test_web_and_default_worker_cannot_open(installation, role, keys):
    assert installation.does("take", role=role, keys=keys) == "refused master_key_absent"


def test_vault_workers_that_race_and_are_killed_take_every_key_once(tmp_path):
    made = Installation(tmp_path / "home")
    made.does(f"store {PAIRS}", role="web")
    # The first ones are killed at moments nobody chose, the later ones take over when the leases have lapsed.
    for minutes in (0, 20):
        racers = [made.starts(f"take {minutes}", role="vault", keys=True) for _ in range(3)]
        time.sleep(random.uniform(1, 4))
        for racer in racers:
            racer.send_signal(signal.SIGKILL)
            racer.communicate()
    racers = [made.starts("take 40", role="vault", keys=True) for _ in range(3)]
    taken = [int(re.sub(r"\D", "", racer.communicate(timeout=180)[0])) for racer in racers]
    assert sum(taken) <= PAIRS
    assert made.does("count", role="vault") == f"proved {PAIRS}, told {PAIRS}, data keys {PAIRS}"
    assert made.does("prove", role="vault", keys=True) == "proved"
    assert made.does("prove", role="web", keys=True) == "refused master_key_absent"
