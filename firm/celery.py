"""How do workers hear that there is work? Messages are nudges: ids only, JSON only, and losing one costs a tick."""

import os

import structlog
from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from firm.refusing import refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firm.settings")  # noqa: TID251  # Celery starts without manage.py

log = structlog.get_logger(__name__)
#: What a worker does for whoever reaches the broker: say that it is alive, which its container's check asks, and greet
#: a worker that starts.
ANSWERED = frozenset({"ping", "hello"})
app = Celery("firm")
app.config_from_object("firm.celery_config")
app.autodiscover_tasks()


@worker_init.connect
def _obey_nobody(**_: object) -> None:
    """Celery would let whoever reaches the broker read settings, take queues away and end workers."""
    from celery.worker.control import Panel  # noqa: PLC0415  # the pages send messages and need no worker's code

    for name in set(Panel.data) - ANSWERED:
        del Panel.data[name]


@worker_init.connect
@beat_init.connect
def _refuse(**_: object) -> None:
    try:
        refuse_unsafe_settings()
    except ImproperlyConfigured as reason:
        # Celery logs and forgets what a signal's receiver raises, unless it ends the process; then it says nothing.
        log.critical("start.refused", reason=str(reason))
        raise SystemExit(1) from reason
