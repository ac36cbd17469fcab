"""What has to be there before the processes start: tables, keys, people?"""

import fcntl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from firm.env import BASE_DIR
from firm.home import ensure_home, owner_only
from firm.runner.child import end_with_the_parent
from firm.runner.family import environment_for
from firm.runner.place import Place


class CannotPrepare(Exception):
    """A step before the start failed; the text says which, for the person at the terminal."""


@contextmanager
def only_runner(home: Path) -> Iterator[None]:
    """Hold the folder for this runner: two of them would start two clocks and two vault workers on one database.

    Raises:
        CannotPrepare: another runner holds it. The kernel lets go of it when that runner ends, however it ends.
    """
    ensure_home(home)
    with open(home / "runner.lock", "a", opener=owner_only) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotPrepare(
                f"El programa ya está corriendo con la carpeta {home} (already running). "
                "Deténlo, o indica otra carpeta: make run FIRM_HOME=…"
            ) from error
        yield


def prepare(*, home: Path, place: Place, demo: bool, say: Callable[[str], None]) -> str:
    """Make tables, master key and first people; everything that is there already stays as it is.

    Returns the public intake key, which every process pins.

    Raises:
        CannotPrepare: one of the commands failed.
    """
    say("Preparando la base de datos…")
    _manage("migrate", "--no-input", "--verbosity", "0", role="migrate", home=home, place=place)
    say("Preparando la bóveda…")
    intake_public_key = _manage("vault_init", role="vault", home=home, place=place, answer=True).strip()
    _keep(home / "intake_public_key", intake_public_key)
    if demo:
        say("Preparando el despacho de demostración…")
        command = ["seed_demo", "--only-if-empty"]
    else:
        command = ["first_person", "--only-if-nobody"]
    _manage(*command, role="shell", home=home, place=place, intake_public_key=intake_public_key)
    return intake_public_key


def _manage(
    *arguments: str, role: str, home: Path, place: Place, intake_public_key: str = "", answer: bool = False
) -> str:
    done = subprocess.run(  # noqa: S603  # the program's own commands
        [sys.executable, str(BASE_DIR / "manage.py"), *arguments],
        env=environment_for(role, home=home, place=place, intake_public_key=intake_public_key),
        stdout=subprocess.PIPE if answer else None,
        check=False,
        text=True,
        preexec_fn=end_with_the_parent,  # the runner has a single thread
    )
    if done.returncode != 0:
        raise CannotPrepare(f"No se pudo preparar el programa: falló «manage.py {arguments[0]}».")
    return done.stdout or ""


def _keep(path: Path, text: str) -> None:
    with open(path, "w", opener=owner_only) as handle:
        handle.write(text + "\n")
