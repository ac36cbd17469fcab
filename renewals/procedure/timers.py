"""Which steps have waited long enough to go on by themselves?"""

from datetime import datetime

from renewals.audit import Machine
from renewals.models import Renewal, RenewalStep
from renewals.procedure import gates, progress
from renewals.procedure.handed import Outcome
from renewals.procedure.steps import plan_of

CLOCK = Machine("clock")


def timers_passed(now: datetime, limit: int) -> list[int]:
    """The steps whose time has come, the longest overdue first."""
    rows = RenewalStep.objects.timers_passed(now=now).order_by("check_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def pass_timer(*, step_id: int, now: datetime) -> None:
    """Let a step go on whose time has come; one that a person moved on before is left alone.

    Raises:
        AlreadyMoved: somebody moved it at this moment.
    """
    row = RenewalStep.objects.timers_passed(now=now).filter(pk=step_id).first()
    if row is None:
        return
    renewal = Renewal.objects.select_related("company", "certificate").get(pk=row.renewal_id)
    plan = plan_of(renewal.plan, renewal.edition)
    outcome = Outcome(gates.mail_that_never_comes(screen=""))
    progress.move(renewal=renewal, plan=plan, row=row, outcome=outcome, by=CLOCK, now=now, what="timer")
