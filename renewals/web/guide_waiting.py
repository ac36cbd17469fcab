"""What does a step's page say of what holds it: a wait, a portal that is down, too many days; and of a note left?

At most one question to the database: a step that waits is asked for its wait, any other for its portal.
"""

from django.utils import timezone
from django.utils.translation import ngettext

from renewals.models import Incident, StepState, Wait
from renewals.procedure import incidents, limits, waiting
from renewals.web.guide_shown import Shown
from renewals.wording.days import say_date
from renewals.wording.steps import say_hold


def waiting_of(shown: Shown) -> dict[str, object]:
    """The wait of the current step or the incident of its portal, how late it is, and the note for this person."""
    if not shown.is_current:
        return {**wait_told(None), "incident": None, "late": "", "handover_note": ""}
    waits = shown.row.state == StepState.WAITING and shown.phase == "form"
    wait = waiting.wait_of(shown.renewal) if waits else None
    return {
        **wait_told(wait),
        "incident": None if waits else _incident(shown),
        "late": "" if wait else _late(shown),
        "handover_note": shown.renewal.handover_note if shown.renewal.assignee == shown.person else "",
    }


def wait_told(wait: Wait | None) -> dict[str, object]:
    """A wait in words; its cause may be what a gate found."""
    today = timezone.localdate()
    return {
        "wait": wait,
        "wait_cause": "" if wait is None else say_hold(wait.cause),
        "is_check_due": wait is not None and wait.check_on is not None and wait.check_on <= today,
    }


def _incident(shown: Shown) -> Incident | None:
    portal = incidents.portal_of(shown.renewal, shown.step.key)
    return incidents.open_incident_of(portal) if portal else None


def _late(shown: Shown) -> str:
    """That the step takes longer than it should; empty while it does not."""
    row, today = shown.row, timezone.localdate(shown.now)
    if row.due_on is None or row.due_on >= today or row.started_at is None:
        return ""
    days = limits.business_days_between(timezone.localdate(row.started_at), today)
    said = ngettext("Lleva %(n)s día hábil en este paso", "Lleva %(n)s días hábiles en este paso", days) % {"n": days}
    return f"{said}; debía quedar el {say_date(row.due_on)}."
