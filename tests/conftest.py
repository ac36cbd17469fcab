"""What does every test stand on: the cast, a private home folder, and recorded nudges."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
from django.conf import settings as django_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

    from renewals.models import Person
    from renewals.pki.authority import Authority

# Before Django reads its settings: whatever the shell says, tests never touch the program's own folder or keys.
_home = tempfile.mkdtemp(prefix="firm-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ.update(
    DJANGO_SETTINGS_MODULE="firm.settings", FIRM_HOME=_home, PLAIN_HTTP="1", DEPLOYMENT="one-machine", DEMO="0"
)
# The practice portal is there, so that every convention sees it.
os.environ["PRACTICE"] = "1"
for _name in ("MASTER_KEYS_DIR", "INTAKE_PUBLIC_KEY", "PROCESS_ROLE", "EMAIL_URL", "ALLOWED_HOSTS"):
    os.environ.pop(_name, None)
# Now, so that the conftest files of the folders may import what stands on Django.
django.setup()

from django.contrib.auth.hashers import ScryptPasswordHasher  # noqa: E402  # Django is set up only now

from tests.unguarded import let_clean_up  # noqa: E402  # Django is set up only now

let_clean_up()
# Otherwise every test client would first look through all static files, which few tests ask for. These are looked up.
django_settings.WHITENOISE_AUTOREFRESH = True
# The hash that the program uses, at a hundredth of its price: tests type hundreds of wrong passwords.
ScryptPasswordHasher.work_factor = 2**8


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Give every worker process of a parallel run a home of its own, as this process has.

    With the settings named in the environment that it inherits, pytest-django would read them in the worker before
    the lines above have run there, and all workers would keep their files in this process's folder.
    """
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def skip_or_fail(reason: str) -> None:
    """Skip with the reason, or fail where skipping is forbidden (``FORBID_SKIPS=1``, as the pipeline says)."""
    if os.environ.get("FORBID_SKIPS") == "1":
        pytest.fail(f"skipping is forbidden here: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def sat_files() -> Path:
    """The folder of SAT's published test certificates; skips where it is absent."""
    folder = Path(os.environ.get("SAT_TEST_DATA", Path(__file__).parents[2] / "shared" / "data" / "sat-test"))
    if not folder.is_dir():
        # Not everybody has them, so this skip is never forbidden.
        pytest.skip(f"SAT's test certificates are not here: {folder}")
    return folder


@pytest.fixture(scope="session")
def imss_authority() -> Authority:
    """The authority whose certificates look like those of IMSS; ``tests.pairs.make_pair`` issues from it."""
    from tests.pairs import authority

    return authority("imss")


@pytest.fixture(scope="session")
def sat_authority() -> Authority:
    """The authority whose certificates look like those of SAT; ``tests.pairs.make_pair`` issues from it."""
    from tests.pairs import authority

    return authority("sat")


@pytest.fixture
def ana(db: None) -> Person:
    """Partner: sees and may do everything."""
    from tests.factories import person

    return person("ana", role="socio")


@pytest.fixture
def beto(db: None) -> Person:
    """Staff, assigned to the companies that the factories make."""
    from tests.factories import person

    return person("beto", role="auxiliar")


@pytest.fixture
def carla(db: None) -> Person:
    """Staff of the same firm, assigned to nothing."""
    from tests.factories import person

    return person("carla", role="auxiliar")


@pytest.fixture
def dalia(db: None) -> Person:
    """Auditor: may only look."""
    from tests.factories import person

    return person("dalia", role="auditor")


@pytest.fixture
def work() -> Callable[[], dict[str, int]]:
    """Call it to let both workers do what waits, as beat would have them do, until nothing more is done."""
    from renewals.desk import pending

    def until_nothing_is_left() -> dict[str, int]:
        total: dict[str, int] = {}
        for _ in range(50):
            done = pending.work(queue="vault") | pending.work(queue="default")
            if not any(done.values()):
                return total
            for name, rows in done.items():
                total[name] = total.get(name, 0) + rows
        pytest.fail(f"the work never ends: {total}")

    return until_nothing_is_left


@pytest.fixture
def vault_keys(db: None, settings: Settings, tmp_path: Path) -> Path:
    """Make this process the vault worker, with a master key and an intake pair of its own; gives the keys' folder."""
    from renewals.audit import Machine
    from renewals.vault.initialising import initialise

    folder = tmp_path / "vault"
    settings.PROCESS_ROLE = "vault"
    settings.MASTER_KEYS_DIR = str(folder)
    settings.INTAKE_PUBLIC_KEY = initialise(by=Machine("test"))
    return folder
