"""What did the environment say? The only reader of environment variables; a secret may come from ``NAME_FILE``."""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

#: Every name the program reads, with its type and default. ``.env.example`` documents each one, and a test compares.
env = environ.FileAwareEnv(
    DEPLOYMENT=(str, "one-machine"),
    PROCESS_ROLE=(str, "shell"),
    FIRM_HOME=(str, str(BASE_DIR / "var")),
    STATIC_ROOT=(str, ""),
    DEMO=(bool, False),
    PRACTICE=(bool, False),
    SECRET_KEY=(str, ""),
    ALLOWED_HOSTS=(list, []),
    TRUSTED_ORIGINS=(list, []),
    TRUSTED_PROXIES=(int, 0),
    PLAIN_HTTP=(bool, False),
    DATABASE_URL=(str, ""),
    REDIS_URL=(str, ""),
    EMAIL_URL=(str, ""),
    MAIL_FROM=(str, "Vigencia <avisos@localhost>"),
    BOUNCE_MAILBOX_URL=(str, ""),
    MAIL_PROVIDER=(str, ""),
    MAIL_WEBHOOK_SECRET=(str, ""),
    PUBLIC_URL=(str, "http://127.0.0.1:8000"),
    TIME_ZONE=(str, "America/Mexico_City"),
    INTAKE_PUBLIC_KEY=(str, ""),
    MASTER_KEYS_DIR=(str, ""),
    BACKUP_RECIPIENTS=(str, ""),
    KEY_ARCHIVE_DAYS=(int, 30),
    DRILL_DATABASE_URL=(str, ""),
    ALERT_EMAIL_URL=(str, ""),
    ALERT_MAIL_TO=(list, []),
    HEARTBEAT_URL=(str, ""),
)


def firm_home() -> Path:
    """The one folder of everything the program keeps on this machine; a name that was set to nothing is not set."""
    return Path(env("FIRM_HOME") or BASE_DIR / "var")


def program_environment() -> dict[str, str]:
    """A copy of this process's environment, for the children it starts."""
    return dict(os.environ)
