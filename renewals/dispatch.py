"""How is a worker told that there is work? By name, after commit, with ids only; a lost nudge costs one tick."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def wake(task: str, *ids: str | int) -> None:
    """Once the current transaction commits, send the named task the ids of the rows to look at.

    A broker that does not answer is logged and forgiven: the row is the job, and ``work_pending`` finds it.
    """

    # A named function: Django's robust callbacks log its qualified name, which a partial lacks.
    def send() -> None:
        try:
            current_app.send_task(task, args=[str(one) for one in ids])
        except (OperationalError, OSError) as error:
            log.warning("dispatch.broker_unreachable", task=task, error=type(error).__name__)

    transaction.on_commit(send, robust=True)
