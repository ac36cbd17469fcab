"""What can one process of the program do with a key? Run in a process of its own, with the environment it is given.

``python -m tests.services.vault_process store`` stores a company, a certificate and its sealed key, as a page would.
``python -m tests.services.vault_process take`` takes what waits into custody, as the vault worker would.
``python -m tests.services.vault_process prove`` opens the key again, as a pre-flight would.
"""

from __future__ import annotations

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402  # Django has to be set up before its models are imported

from renewals.audit import Machine  # noqa: E402
from renewals.errors import Refusal  # noqa: E402
from renewals.models import Certificate  # noqa: E402
from renewals.vault import proving, taking  # noqa: E402
from tests import factories  # noqa: E402
from tests.pairs import make_pair  # noqa: E402


def store() -> str:
    pair = make_pair()
    factories.sealed_key(factories.certificate(factories.company(), pair), pair)
    return "stored"


def take() -> str:
    return f"taken {taking.take_custody_batch(limit=10, now=timezone.now())}"


def prove() -> str:
    proving.prove_certificate_pair(certificate=Certificate.objects.get(), by=Machine("test"), reason="test")
    return "proved"


if __name__ == "__main__":
    try:
        sys.stdout.write({"store": store, "take": take, "prove": prove}[sys.argv[1]]())
    except Refusal as refusal:
        sys.stdout.write(f"refused {refusal.code}")
