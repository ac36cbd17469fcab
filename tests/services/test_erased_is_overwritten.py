"""Is a destroyed key gone from the files of the database as well, and not only from its tables?"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from firm.env import BASE_DIR

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.services


def test_nothing_of_a_destroyed_key_is_left_in_the_database_file_or_its_log(tmp_path: Path):
    (tmp_path / "home").mkdir(mode=0o700)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        "DJANGO_SETTINGS_MODULE": "firm.settings",
        "FIRM_HOME": str(tmp_path / "home"),
        "MASTER_KEYS_DIR": str(tmp_path / "keys"),
        "PROCESS_ROLE": "vault",
        "DEPLOYMENT": "one-machine",
        "PLAIN_HTTP": "1",
    }
    command = [sys.executable, "-m", "tests.services.erasing_process"]
    run = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    # It was there; while somebody read an older state the work went on waiting; in the end it is nowhere.
    assert run.stdout.strip().splitlines()[-1] == "there True, working True, done 0, others True"
