"""What did each person get after the workers that write and send their mail were killed, again and again?

``python -m tests.services.mortal_mail KILLS SEED`` begins rounds and senders, kills each with SIGKILL after a random
moment, lets the last ones live to the end, and prints as JSON what was written down. Each lives in a process of its
own, forked from one that has everything loaded, and looks from a little later than the one before: leases lapse, days
pass, and new marks are reached. The mail server is the one of ``EMAIL_URL``.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402  # Django has to be set up before its models are imported

from renewals.audit import Machine  # noqa: E402
from renewals.desk import pending  # noqa: E402
from renewals.expiry.working_time import next_opening  # noqa: E402
from renewals.models import Company, Delivery, DeliveryLine, Notice, Person  # noqa: E402
from renewals.notices import round as notices_round  # noqa: E402
from tests.services.mortal_workers import LATER, finished, killed  # noqa: E402
from tests.watching import unsaved, watched_many  # noqa: E402

#: So many people at the beginning, each with certificates that reach a mark on one of the next days.
PEOPLE = 12
#: Days left of the certificates of each company: marks that can wait and critical ones, told to one and to several.
DAYS_LEFT = (30, 8, 7, 1, 0, -1, 300)


def supply() -> None:
    """People who answer for a company each, and a partner who hears of what is urgent."""
    today = timezone.localdate()
    Person.objects.create(username="ana", email="ana@despacho.example", role="socio")
    everybody = Person.objects.bulk_create(
        Person(username=f"beto{number}", email=f"beto{number}@despacho.example") for number in range(PEOPLE)
    )
    companies = Company.objects.bulk_create(
        Company(rfc=f"AAA{person.pk:06}AAA", name=f"Empresa {person.pk}", responsible=person) for person in everybody
    )
    watched_many(
        unsaved(company, expires_on=today + timedelta(days=days)) for company in companies for days in DAYS_LEFT
    )


def work(now: datetime) -> None:
    """What the default worker does, round and all."""
    notices_round.sweep(now=now, by=Machine("sweep"))
    pending.look(queue="default", now=now)


def torture(kills: int, chance: random.Random) -> datetime:
    """Kill so many in working hours; returns the moment after the last."""
    now = next_opening(timezone.now())
    while kills:
        kills -= killed(partial(work, now), chance)
        now = next_opening(now + LATER)
    return now


def come_to_rest(now: datetime) -> None:
    """Two more days in peace: what came after the message of one day is told in the next."""
    for _ in range(2):
        now = next_opening(now + timedelta(days=1))
        for _ in range(3):
            work(now)
            now += LATER


def findings() -> dict[str, Any]:
    """Who was told which line how often, and what every message is."""
    sent = DeliveryLine.objects.filter(delivery__state="sent")
    told = Counter(sent.values_list("notice", "delivery__person__username"))
    carried = Notice.objects.filter(state="carried").values_list("pk", "certificate__company__responsible__username")
    return {
        "lines": Counter(Notice.objects.values_list("state", flat=True)),
        "told_twice": [one for one, times in told.items() if times > 1],
        "told_nobody": sorted(set(dict(carried)) - {notice for notice, _ in told}),
        "told_strangers": [one for one in told if one[1] not in {"ana", dict(carried).get(one[0])}],
        "messages": {one.message_id: [one.address, one.state] for one in Delivery.objects.all()},
    }


def main(kills: int, seed: int) -> None:
    """Supply, kill, rest, tell."""
    finished(supply)
    last = torture(kills, random.Random(seed))
    finished(lambda: come_to_rest(last))
    finished(lambda: os.write(1, json.dumps(findings()).encode()))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
