"""May this process start? gunicorn and Celery do not ask Django's checks by themselves, so they ask here."""

import django
import structlog
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured

log = structlog.get_logger(__name__)


def refuse_unsafe_settings() -> None:
    """Ask the checks of the settings, and log what they only warn of.

    Raises:
        ImproperlyConfigured: at least one is an error; the text gives all of them.
    """
    django.setup()
    found = run_checks(tags=[Tags.security])
    faults = [str(fault) for fault in found if fault.is_serious()]
    if faults:
        raise ImproperlyConfigured("\n".join(faults))
    for doubt in found:
        log.warning("start.warned", reason=str(doubt))
