"""How do workers hear that there is work? Messages are nudges: ids only, JSON only, and losing one costs a tick."""

import os

import structlog
from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from firm.refusing import refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firm.settings")  # noqa: TID251  # Celery starts without manage.py

log = structlog.get_logger(__name__)
app = Celery("firm")
app.config_from_object("firm.celery_config")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def _refuse(**_: object) -> None:
    try:
        refuse_unsafe_settings()
    except ImproperlyConfigured as reason:
        # Celery logs and forgets what a signal's receiver raises, unless it ends the process; then it says nothing.
        log.critical("start.refused", reason=str(reason))
        raise SystemExit(1) from reason
