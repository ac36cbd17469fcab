"""How does the whole firm stand, in the figures that partners read every morning?"""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, timedelta

from renewals.models import Certificate, Company, Renewal, Silence, SweepRun
from renewals.notices.life import mail_of_round
from renewals.notices.lines import Blocked
from renewals.notices.message import Summary


def summary_of(blocked: Collection[Blocked], *, today: date, now: datetime) -> Summary:
    """The firm as it stands at a moment, counted to a day; ``blocked`` are all renewals that cannot go on."""
    last = SweepRun.objects.finished().filter(started_at__lte=now).first()
    # Those whose last day has passed are counted apart.
    open_yet = Certificate.objects.valid(today=today)
    return Summary(
        expired=Certificate.objects.expired(today=today).count(),
        due_in_7=open_yet.filter(deadline_on__lte=today + timedelta(days=7)).count(),
        due_in_30=open_yet.filter(deadline_on__lte=today + timedelta(days=30)).count(),
        in_renewal=Renewal.objects.under_way().count(),
        blocked=Counter(one.cause for one in blocked),
        unassigned=Company.objects.unassigned().count(),
        silenced=Silence.objects.in_force(today).count(),
        undelivered=mail_of_round(began_at=now, now=now).undelivered,
        last_round_at=None if last is None else last.started_at,
        at=now,
    )
