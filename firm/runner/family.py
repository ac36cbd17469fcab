"""Which processes make up the program on one machine, and what is each one told?"""

import sys
from pathlib import Path

from firm.env import BASE_DIR, program_environment
from firm.runner.child import Child
from firm.runner.place import Place

#: Names that only the process they belong to may have; the runner's own environment never passes them on.
PRIVATE = ("MASTER_KEYS_DIR", "PROCESS_ROLE", "INTAKE_PUBLIC_KEY")
#: Names that go to the vault worker and to nobody else: the account from which it mails its own alerts.
OF_VAULT = ("ALERT_EMAIL_URL", "ALERT_EMAIL_URL_FILE", "ALERT_MAIL_TO")


def environment_for(role: str, *, home: Path, place: Place, intake_public_key: str = "") -> dict[str, str]:
    """What a process is told. Only the vault worker learns where the master keys are.

    A name that the person who starts the program has set wins, except for those of :data:`PRIVATE`.
    """
    kept_back = PRIVATE if role == "vault" else PRIVATE + OF_VAULT
    given = {name: value for name, value in program_environment().items() if name not in kept_back}
    ours = {
        "DEPLOYMENT": "one-machine",
        "PLAIN_HTTP": "1",
        "ALLOWED_HOSTS": ",".join(place.allowed_hosts()),
        "PUBLIC_URL": place.public_url,
        "PYTHONUNBUFFERED": "1",
    }
    told = ours | given | {"FIRM_HOME": str(home), "PROCESS_ROLE": role}
    if intake_public_key:
        told["INTAKE_PUBLIC_KEY"] = intake_public_key
    if role == "vault":
        told["MASTER_KEYS_DIR"] = str(master_keys(home))
    return told


def master_keys(home: Path) -> Path:
    """The folder of the master keys on one machine."""
    return home / "vault"


def children_of(*, home: Path, place: Place, intake_public_key: str) -> list[Child]:
    """Web, default worker, vault worker and clock, ready to be started."""
    python = sys.executable
    celery = [python, "-m", "celery", "--app", "firm", "--quiet"]
    # One process each. The children of a prefork pool take turns at one pipe where the broker is a folder: one that is
    # killed while it waits its turn (short of memory, say) keeps the turn for ever, and nothing is done any more.
    worker = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    threads = ["--pool", "threads", "--concurrency", "2"]
    gunicorn = [
        *(python, "-m", "gunicorn", "firm.wsgi:application"),
        *("--bind", place.bind, "--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        *("--no-control-socket", "--timeout", "60", "--graceful-timeout", "8", "--log-level", "warning"),
    ]
    commands = {
        "web": gunicorn,
        "worker": [*celery, "worker", "--queues", "default", "--hostname", "worker@%h", *threads, *worker],
        "vault": [*celery, "worker", "--queues", "vault", "--hostname", "vault@%h", "--pool", "solo", *worker],
        "beat": [*celery, "beat", "--schedule", str(home / "beat-schedule"), "--pidfile=", "--loglevel", "WARNING"],
    }
    return [
        Child(
            name=role,
            command=command,
            environment=environment_for(role, home=home, place=place, intake_public_key=intake_public_key),
            log=home / "logs" / f"{role}.log",
        )
        for role, command in commands.items()
    ]


def errands_of(*, home: Path, place: Place, intake_public_key: str, demo: bool) -> list[Child]:
    """What is done once after the start: look for due dates now, not at the next tick; walk the demo's renewals."""
    names = ["sweep", "walk_demo"] if demo else ["sweep"]
    return [
        Child(
            name=name,
            command=[sys.executable, str(BASE_DIR / "manage.py"), name],
            environment=environment_for("shell", home=home, place=place, intake_public_key=intake_public_key),
            log=home / "logs" / f"{name}.log",
            is_errand=True,
        )
        for name in names
    ]
