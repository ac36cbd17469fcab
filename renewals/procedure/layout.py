"""Which rows does a queued renewal begin with? Its steps, and what can be told without opening a key."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Machine
from renewals.models import Renewal, RenewalState, RenewalStep
from renewals.procedure import limits, preflight
from renewals.procedure.steps import plan_of

LAYOUT = Machine("layout")


def renewals_queued(_now: datetime, limit: int) -> list[int]:
    """The renewals whose steps are still to be laid out, oldest first."""
    return list(Renewal.objects.queued().order_by("pk").values_list("pk", flat=True)[:limit])


def lay_out(*, renewal_id: int, now: datetime) -> None:
    """Open a queued renewal: its steps in order, the first one current; a second call changes nothing."""
    renewal = Renewal.objects.select_related("company", "certificate").filter(pk=renewal_id).first()
    if renewal is None or renewal.state != RenewalState.QUEUED:
        return
    plan = plan_of(renewal.plan, renewal.edition)
    points = preflight.survey(renewal, now=now)
    first = plan.steps[0]
    with transaction.atomic():
        opened = Renewal.objects.filter(pk=renewal_id, state=RenewalState.QUEUED).update(
            state=RenewalState.OPEN, current_step=first.key, preflight=points
        )
        if opened != 1:
            return
        RenewalStep.objects.bulk_create(
            RenewalStep(
                renewal=renewal,
                key=step.key,
                position=position,
                started_at=now if step is first else None,
                due_on=limits.due_on(step, today=timezone.localdate(now)) if step is first else None,
            )
            for position, step in enumerate(plan.steps, start=1)
        )
        renewal.registros_patronales.set(renewal.certificate.registros_patronales.all())
        audit.record("renewal.laid_out", by=LAYOUT, subject=renewal, company=renewal.company_id, plan=plan.name)
        dispatch.wake("renewals.vault.work_pending")
