"""How does a test get an installation of its own, with processes that are told what theirs would be told?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from firm.env import BASE_DIR


class Installation:
    """A database and a master key in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.keys = home / "vault"
        self.pinned = ""
        self._finished(self._started("migrate", "manage.py", "migrate", "--no-input", "--verbosity", "0"))
        self.pinned = self.vault_init()

    def vault_init(self) -> str:
        """The value to pin."""
        return self._finished(self._started("vault", "manage.py", "vault_init", keys=True)).strip()

    def does(self, action: str, *, role: str, keys: bool = False) -> str:
        """What an action of ``vault_process`` says in a process of this role."""
        return self._finished(self.starts(action, role=role, keys=keys))

    def starts(self, action: str, *, role: str, keys: bool = False) -> subprocess.Popen[str]:
        """The same, under way."""
        return self._started(role, "-m", "tests.services.vault_process", *action.split(), keys=keys)

    def _started(self, role: str, *command: str, keys: bool = False) -> subprocess.Popen[str]:
        told = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "firm.settings",
            "FIRM_HOME": str(self.home),
            "PLAIN_HTTP": "1",
            "PROCESS_ROLE": role,
            "INTAKE_PUBLIC_KEY": self.pinned,
            **({"MASTER_KEYS_DIR": str(self.keys)} if keys else {}),
        }
        return subprocess.Popen(
            [sys.executable, *command],
            env=told,
            cwd=BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _finished(self, process: subprocess.Popen[str]) -> str:
        said, complained = process.communicate(timeout=180)
        assert process.returncode == 0, complained
        return said
