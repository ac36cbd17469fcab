"""Which way out of trouble is being walked in a renewal, and how is it over when the renewal moves?"""

from datetime import datetime

from django.db import connection
from django.db.models import F

from renewals import audit
from renewals.audit import Actor
from renewals.models import Person, PlaybookRun, PlaybookState, Renewal
from renewals.procedure.playbooks import Stage, playbook_of
from renewals.procedure.steps import Handout


def run_under_way(renewal: Renewal) -> PlaybookRun | None:
    """The one that is being walked; there is at most one."""
    return PlaybookRun.objects.filter(renewal=renewal, open=True).select_related("begun_by").first()


def stage_of(run: PlaybookRun) -> Stage:
    """Where in it the renewal stands."""
    return playbook_of(run.key).stage(run.stage)


def handout_of(renewal: Renewal, step_key: str) -> Handout | None:
    """What custody hands out for the stage at which a renewal stands, if it is one of this step."""
    run = run_under_way(renewal)
    return None if run is None or run.step_key != step_key else stage_of(run).hands_out


def close_run(renewal_id: int, *, by: Actor, now: datetime) -> bool:
    """End what is being walked, in the transaction in which the step moves; false where nothing was.

    Raises:
        RuntimeError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a playbook ends in the transaction of what ends it")
    run = PlaybookRun.objects.filter(renewal=renewal_id, open=True).select_related("renewal").first()
    if run is None:
        return False
    ended = PlaybookRun.objects.filter(pk=run.pk, open=True).update(
        open=None,
        state=PlaybookState.LEFT,
        version=F("version") + 1,
        ended_at=now,
        ended_by=by if isinstance(by, Person) else None,
    )
    if ended == 1:
        audit.record(
            "playbook.left",
            by=by,
            subject=run.renewal,
            company=run.renewal.company_id,
            playbook=run.key,
            stage=run.stage,
            at=run.step_key,
        )
    return ended == 1
