"""How do workers hear that there is work? Messages are nudges: ids only, JSON only, and losing one costs a tick."""

import os

import structlog
from celery import Celery
from celery.signals import beat_init, worker_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from firm.refusing import refuse_unsafe_settings
from renewals.errors import Refusal

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


@worker_init.connect
def _refuse_unfit_master_keys(**_: object) -> None:
    """A vault worker that could open nothing would only look as if it worked."""
    if settings.PROCESS_ROLE != "vault":
        return
    from renewals.vault.checking import check  # noqa: PLC0415  # models are there once Django is set up
    from renewals.wording.errors import say_refusal  # noqa: PLC0415  # as above

    try:
        findings = check(every_row=False)
    except Refusal as refusal:
        log.critical("start.refused", code=refusal.code, reason=say_refusal(refusal))
        raise SystemExit(1) from refusal
    finally:
        # A worker that forks must not share it.
        connection.close()
    for one in findings.damaged:
        log.error("vault.row_does_not_open", table=one.table, row=one.row, code=one.code)
