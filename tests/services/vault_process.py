"""What can one process of the program do with a key? Run in a process of its own, with the environment it is given.

``python -m tests.services.vault_process ACTION``:

- ``store 3``: store three companies, each with a certificate and its sealed key, as a page would;
- ``take``: take what waits into custody, as the vault worker would; ``take 20`` does so as if in twenty minutes;
- ``prove``: open one key again, as a pre-flight would;
- ``count``: how many keys are in custody, how many times that was told, how many data keys there are.
"""

from __future__ import annotations

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402  # Django has to be set up before its models are imported

from renewals import audit  # noqa: E402
from renewals.audit import Machine  # noqa: E402
from renewals.errors import Refusal  # noqa: E402
from renewals.models import Certificate  # noqa: E402
from renewals.models.stored_key import CompanyKey, StoredKey  # noqa: E402
from renewals.vault import proving, taking  # noqa: E402
from tests import factories  # noqa: E402
from tests.pairs import make_pair  # noqa: E402


def store(number: int) -> str:
    for index in range(number):
        pair = make_pair()
        company = factories.company(rfc=f"XAA010101{index:03d}", name=f"Empresa {index}")
        factories.sealed_key(factories.certificate(company, pair), pair)
    return f"stored {number}"


def take(minutes: int) -> str:
    return f"taken {taking.take_custody_batch(limit=1000, now=timezone.now() + timedelta(minutes=minutes))}"


def prove(_: int) -> str:
    certificate = Certificate.objects.first()
    assert certificate is not None
    proving.prove_certificate_pair(certificate=certificate, by=Machine("test"), reason="test")
    return "proved"


def count(_: int) -> str:
    told = [
        event
        for certificate in Certificate.objects.all()
        for event in audit.history_of(certificate)
        if event.name == "key.taken_into_custody"
    ]
    proved = StoredKey.objects.filter(state="proved").count()
    return f"proved {proved}, told {len(told)}, data keys {CompanyKey.objects.count()}"


ACTIONS = {"store": store, "take": take, "prove": prove, "count": count}

if __name__ == "__main__":
    try:
        sys.stdout.write(ACTIONS[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 0))
    except Refusal as refusal:
        sys.stdout.write(f"refused {refusal.code}")
