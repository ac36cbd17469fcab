"""Is the program configured so that it may start? Unsafe in production means refusing to start."""

from collections.abc import Sequence
from importlib.util import find_spec

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import WARNING, CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from renewals.notices.provider import PROVIDERS

#: Every kind of process. ``shell`` is a person at a prompt, who may do what web and worker do.
ROLES = frozenset({"web", "worker", "vault", "beat", "migrate", "backup", "shell"})
_PAGES = {"web", "shell"}
_SEALING = {"web", "worker", "shell"}
_MAILING = {"worker", "shell"}


@register(Tags.security)
def production_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Every setting that is harmless on one machine and dangerous behind a proxy; each role is given what it needs.

    What a firm may decide either way, and should know that it did, is a warning: the process starts.
    """
    if settings.ONE_MACHINE:
        return []
    role = settings.PROCESS_ROLE
    if role not in ROLES:
        return [Error(f"PROCESS_ROLE is one of {', '.join(sorted(ROLES))}", id="renewals.E010")]
    faults = {
        "E001": (
            role in _SEALING and _length_of_secret_key() < 50,
            "SECRET_KEY is missing or shorter than 50 characters",
        ),
        "E002": (role in _PAGES and not settings.ALLOWED_HOSTS, "ALLOWED_HOSTS is empty"),
        "E003": (settings.PLAIN_HTTP, "PLAIN_HTTP is for one machine only"),
        "E004": (settings.DEMO, "DEMO is for one machine only"),
        "E024": (settings.PRACTICE, "PRACTICE is for one machine only: it would mount the practice portal"),
        "E005": (role not in {"migrate", "backup"} and not settings.REDIS_URL, "REDIS_URL is missing"),
        "E006": (
            role != "beat" and settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"),
            "DATABASE_URL must name a PostgreSQL database",
        ),
        "E007": (
            role in _SEALING and not settings.INTAKE_PUBLIC_KEY,
            "INTAKE_PUBLIC_KEY is missing: nothing could be sealed",
        ),
        "E008": (
            bool(settings.MASTER_KEYS_DIR) and role != "vault",
            "MASTER_KEYS_DIR is given to a process that is not the vault worker",
        ),
        "E009": (role in _MAILING and not settings.EMAIL_CONFIG, "EMAIL_URL is missing: no notice could leave"),
        "E011": (
            role == "vault" and not settings.MASTER_KEYS_DIR,
            "MASTER_KEYS_DIR is missing: no key could be opened",
        ),
        "E020": (
            bool(settings.ALERT_EMAIL) and role != "vault",
            "ALERT_EMAIL_URL is given to a process that is not the vault worker",
        ),
        "E021": (
            bool(settings.ALERT_EMAIL) and not settings.ALERT_MAIL_TO,
            "ALERT_MAIL_TO is missing: the vault worker would have nobody to write to",
        ),
        "E022": (
            bool(settings.HEARTBEAT_URL) and not settings.HEARTBEAT_URL.startswith("https://"),
            "HEARTBEAT_URL must begin with https://",
        ),
        "E023": (
            role in _PAGES and bool(settings.MAIL_PROVIDER) and not _hears_provider(),
            f"MAIL_PROVIDER is {', '.join(PROVIDERS)}, with a MAIL_WEBHOOK_SECRET of 24 characters, and django-anymail",
        ),
    }
    doubts = {
        "W001": (
            role == "vault" and not settings.ALERT_EMAIL,
            "ALERT_EMAIL_URL is missing: alerts go where the web server says, and the default worker may keep them",
        ),
    }
    return [
        *(Error(text, id=f"renewals.{code}") for code, (wrong, text) in faults.items() if wrong),
        *(CheckMessage(WARNING, text, id=f"renewals.{code}") for code, (wrong, text) in doubts.items() if wrong),
    ]


def _hears_provider() -> bool:
    is_secret = len(settings.ANYMAIL["WEBHOOK_SECRET"]) >= 24
    return settings.MAIL_PROVIDER in PROVIDERS and is_secret and find_spec("anymail") is not None


def _length_of_secret_key() -> int:
    try:
        return len(settings.SECRET_KEY)
    except ImproperlyConfigured:
        # Django refuses to hand out an empty one.
        return 0
