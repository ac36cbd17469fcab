"""How does the vault worker tell of what it noticed by itself, to addresses that no other process can change?

Its account and its recipients are settings of its own (``ALERT_EMAIL_URL``, ``ALERT_MAIL_TO``), so that nothing in the
database points these mails elsewhere. The roles of the web server and the default worker cannot mark an alert as
mailed, and what they may note about failures (``SetAside``) makes no mail from here wait. Whoever owns the tables can
hold it back. Without the settings nothing is sent from here, and the partners are told by ``notices`` alone.
"""

import hashlib
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string

from renewals import audit
from renewals.audit import Actor, Entry
from renewals.models import Alert
from renewals.wording.alerts import say_alert

#: An account that is set up later tells nothing older than this.
NEWS = timedelta(days=7)
#: So many alerts in one message; the next one carries the others.
MOST = 50


def alerts_waiting(now: datetime, limit: int) -> list[int]:
    """The alerts that are to be mailed from here by now, oldest first; none without an account and addresses."""
    if not settings.ALERT_EMAIL or not settings.ALERT_MAIL_TO:
        return []
    alerts = Alert.objects.unmailed(since=now - NEWS).ripe(now=now)
    return list(alerts.order_by("pk").values_list("pk", flat=True)[:limit])


def mail(*, now: datetime, by: Actor) -> int:
    """Send one message with the alerts that wait, then mark them; returns how many it tells.

    A worker that dies between the two sends it again: an alert that comes twice is better than one that never comes.
    The second copy of the same alerts has the same Message-ID.

    Raises:
        OSError, smtplib.SMTPException: the server did not take it; the alerts go on waiting.
    """
    ids = alerts_waiting(now, MOST)
    alerts = list(Alert.objects.filter(pk__in=ids).select_related("person", "company").order_by("pk"))
    if not alerts:
        return 0
    _message(alerts).send()
    with transaction.atomic():
        if Alert.objects.filter(pk__in=ids, mailed_at=None).update(mailed_at=now):
            audit.record_many(Entry("alert.mailed", by=by, subject=alert) for alert in alerts)
    return len(alerts)


def _message(alerts: list[Alert]) -> EmailMessage:
    lines = [
        {
            "at": alert.at,
            "kind": alert.get_kind_display(),
            "what": say_alert(
                alert.kind,
                alert.facts,
                person=str(alert.person or ""),
                company=alert.company.name if alert.company else "",
            ),
        }
        for alert in alerts
    ]
    context = {"name": "", "alerts": lines, "count": len(lines), "page": ""}
    which = hashlib.sha256(",".join(str(alert.pk) for alert in alerts).encode()).hexdigest()[:32]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    account = settings.ALERT_EMAIL
    return EmailMessage(
        subject=" ".join(render_to_string("emails/alert/subject.txt", context).split())[:200],
        body=render_to_string("emails/alert/message.txt", context),
        to=settings.ALERT_MAIL_TO,
        headers={"Message-ID": f"<vault-{which}@{domain}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(
            account["EMAIL_BACKEND"],
            host=account["EMAIL_HOST"],
            port=account["EMAIL_PORT"],
            username=account["EMAIL_HOST_USER"],
            password=account["EMAIL_HOST_PASSWORD"],
            use_tls=account.get("EMAIL_USE_TLS", False),
            use_ssl=account.get("EMAIL_USE_SSL", False),
            timeout=settings.EMAIL_TIMEOUT,
        ),
    )
