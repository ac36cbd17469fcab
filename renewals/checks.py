"""Is the program configured so that it may start? Unsafe in production means refusing to start."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def production_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Every setting that is harmless on one machine and dangerous behind a proxy."""
    if settings.ONE_MACHINE:
        return []
    faults = {
        "E001": (len(settings.SECRET_KEY) < 50, "SECRET_KEY is missing or shorter than 50 characters"),
        "E002": (not settings.ALLOWED_HOSTS, "ALLOWED_HOSTS is empty"),
        "E003": (settings.PLAIN_HTTP, "PLAIN_HTTP is for one machine only"),
        "E004": (settings.DEMO, "DEMO is for one machine only"),
        "E005": (not settings.REDIS_URL, "REDIS_URL is missing"),
        "E006": (
            settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"),
            "DATABASE_URL must name a PostgreSQL database",
        ),
        "E007": (not settings.INTAKE_PUBLIC_KEY, "INTAKE_PUBLIC_KEY is missing: nothing could be sealed"),
        "E008": (
            bool(settings.MASTER_KEYS_DIR) and settings.PROCESS_ROLE != "vault",
            "MASTER_KEYS_DIR is given to a process that is not the vault worker",
        ),
        "E009": (not settings.EMAIL_CONFIG, "EMAIL_URL is missing: no notice could leave"),
    }
    return [Error(text, id=f"renewals.{code}") for code, (wrong, text) in faults.items() if wrong]
