"""How do partners hear of what the vault worker noticed? One message each, with every alert that waits.

At once; but the first times of a day are told together the next morning, so that a firm's first weeks do not teach
people to read past alerts.
"""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from renewals import audit, dispatch
from renewals.audit import Actor, Entry
from renewals.errors import AlreadyMoved
from renewals.models import Alert, Delivery, Person
from renewals.notices.message import compose_alert
from renewals.notices.message_id import new_message_id
from renewals.notices.recipients import directory
from renewals.wording.alerts import say_alert

#: So many alerts in one message; the next one carries the others.
MOST = 50


def alerts_waiting(now: datetime, limit: int) -> list[int]:
    """The alerts that no partner was told of yet, oldest first; none while there is no partner who can be."""
    if not directory(today=timezone.localdate(now)).partners:
        return []
    return list(Alert.objects.untold().ripe(now=now).order_by("pk").values_list("pk", flat=True)[:limit])


def tell(*, now: datetime, by: Actor) -> int:
    """Write one message for every partner with the alerts that wait; returns how many alerts they tell.

    The messages are sent like every other one (``delivery``), with its tries.

    Raises:
        AlreadyMoved: another worker was faster.
    """
    alerts = list(Alert.objects.untold().ripe(now=now).select_related("person", "company").order_by("pk")[:MOST])
    partners = directory(today=timezone.localdate(now)).partners
    if not alerts or not partners:
        return 0
    rows = [_message(partner, alerts, now) for partner in partners]
    with transaction.atomic():
        ids = [alert.pk for alert in alerts]
        if Alert.objects.untold().filter(pk__in=ids).update(told_at=now) != len(ids):
            raise AlreadyMoved
        for row in rows:
            row.save(force_insert=True)
        audit.record_many(Entry("alert.told", by=by, subject=row, facts={"person": row.person_id}) for row in rows)
        dispatch.wake("renewals.work_pending")
    return len(alerts)


def _message(partner: Person, alerts: Sequence[Alert], now: datetime) -> Delivery:
    message = compose_alert(
        name=partner.first_name or str(partner),
        alerts=[_line(alert) for alert in alerts],
        page=settings.PUBLIC_URL + reverse("admin:renewals_alert_changelist"),
    )
    return Delivery(
        person=partner,
        day=timezone.localdate(now),
        # One a day and purpose: an alert is told in one message, so the first of them names the purpose.
        purpose=f"alert:{alerts[0].pk}",
        address=partner.email,
        message_id=new_message_id(),
        is_critical=True,
        subject=message.subject,
        text=message.text,
        html=message.html,
        next_try_at=timezone.now(),
    )


def _line(alert: Alert) -> dict[str, object]:
    company = alert.company.name if alert.company else ""
    return {
        "at": alert.at,
        "what": say_alert(alert.kind, alert.facts, person=str(alert.person or ""), company=company),
        "kind": alert.get_kind_display(),
    }
