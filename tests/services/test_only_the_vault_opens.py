"""Real processes: pages and the default worker seal and cannot open; the vault worker can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firm.env import BASE_DIR

pytestmark = pytest.mark.services


class Installation:
    """A database and a master key of its own, and processes that are told what theirs would be told."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.keys = home / "vault"
        self.pinned = ""
        self._run("migrate", "manage.py", "migrate", "--no-input", "--verbosity", "0")
        self.pinned = self.vault_init()

    def vault_init(self) -> str:
        return self._run("vault", "manage.py", "vault_init", keys=True).strip()

    def does(self, action: str, *, role: str, keys: bool = False) -> str:
        return self._run(role, "-m", "tests.services.vault_process", action, keys=keys)

    def _run(self, role: str, *command: str, keys: bool = False) -> str:
        told = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "firm.settings",
            "FIRM_HOME": str(self.home),
            "PLAIN_HTTP": "1",
            "PROCESS_ROLE": role,
            "INTAKE_PUBLIC_KEY": self.pinned,
            **({"MASTER_KEYS_DIR": str(self.keys)} if keys else {}),
        }
        done = subprocess.run(
            [sys.executable, *command], env=told, cwd=BASE_DIR, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    made = Installation(tmp_path_factory.mktemp("home"))
    assert made.does("store", role="web") == "stored"
    return made


def test_the_value_to_pin_stays_the_same(installation):
    assert installation.vault_init() == installation.pinned
    assert installation.pinned.startswith("ik-")


@pytest.mark.parametrize("role", ["web", "worker"])
@pytest.mark.parametrize("keys", [False, True], ids=["without the keys", "with the keys by mistake"])
def test_web_and_default_worker_cannot_open(installation, role, keys):
    assert installation.does("take", role=role, keys=keys) == "refused master_key_absent"


def test_the_vault_worker_can(installation):
    assert installation.does("take", role="vault", keys=True) == "taken 1"
    assert installation.does("prove", role="vault", keys=True) == "proved"
    assert installation.does("prove", role="web", keys=True) == "refused master_key_absent"
