"""May this process start? gunicorn and Celery do not ask Django's checks by themselves, so they ask here."""

import django
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured


def refuse_unsafe_settings() -> None:
    """Ask the checks of the settings.

    Raises:
        ImproperlyConfigured: at least one is an error; the text gives all of them.
    """
    django.setup()
    faults = [str(fault) for fault in run_checks(tags=[Tags.security]) if fault.is_serious()]
    if faults:
        raise ImproperlyConfigured("\n".join(faults))
