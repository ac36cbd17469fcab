"""What does one process of the program do about reminders? Run in a process of its own, with its environment.

``python -m tests.services.mail_process ACTION``:

- ``supply 50``: fifty more people who answer for a company each, with certificates that reached different marks;
- ``findings``: what was written down and sent, how often, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402  # Django has to be set up before its models are imported

from renewals import audit  # noqa: E402
from renewals.models import Certificate, Company, Delivery, Notice, Person  # noqa: E402
from tests.watching import NUMBERS, unsaved, watched_many  # noqa: E402

#: Days left of the certificates of each company: one of each tells a mark, the last one is not due.
DAYS_LEFT = (30, 7, -1, 300)


def supply(people: int) -> str:
    today = timezone.localdate()
    first = Person.objects.count()
    everybody = Person.objects.bulk_create(
        Person(username=f"beto{number}", email=f"beto{number}@despacho.example")
        for number in range(first, first + people)
    )
    companies = Company.objects.bulk_create(
        Company(rfc=f"AAA{person.pk:06}AAA", name=f"Empresa {person.pk}", responsible=person) for person in everybody
    )
    # Numbered from where the process before stopped: what names a certificate is unique.
    for _ in range(Certificate.objects.count()):
        next(NUMBERS)
    watched_many(
        unsaved(company, expires_on=today + timedelta(days=days)) for company in companies for days in DAYS_LEFT
    )
    return f"supplied {people}"


def findings(_: int) -> str:
    wrong = []
    for row in Certificate.objects.defer("der"):
        marks = Counter(row.notices.values_list("state", flat=True))
        told = 0 if row.days_left(timezone.localdate()) > 200 else 1
        events = [event.name for event in audit.history_of(row)]
        if (marks["carried"], marks["waiting"], len(events)) != (told, 0, told):
            wrong.append([row.pk, dict(marks), events])
    found = {
        "wrong": wrong,
        "messages": {one.address: one.message_id for one in Delivery.objects.all()},
        "states": Counter(Delivery.objects.values_list("state", flat=True)),
        "lines": Counter(
            Notice.objects.filter(state="carried").values_list("lines__delivery__person__email", flat=True)
        ),
        "still_due": Certificate.objects.past_a_mark(today=timezone.localdate()).count(),
    }
    return json.dumps(found)


ACTIONS = {"supply": supply, "findings": findings}

if __name__ == "__main__":
    sys.stdout.write(ACTIONS[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 0))
