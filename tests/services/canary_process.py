"""What does a test need to know of a running installation that no page tells? Run in a process of its own.

``python -m tests.services.canary_process ACTION``:

- ``people``: let in ana and beto, and take on a company of beto's that allows everything;
- ``secrets``: the passphrases that the vault made and the data keys, one in hex a line; needs the master keys.
"""

from __future__ import annotations

import sys

import django

django.setup()

from django.core.files.base import ContentFile  # noqa: E402  # Django has to be set up before its models are imported
from django.core.files.storage import default_storage  # noqa: E402  # as above

from renewals.audit import Machine  # noqa: E402  # Django has to be set up before its models are imported
from renewals.models.stored_key import CompanyKey, StoredKey  # noqa: E402
from renewals.vault import keyring  # noqa: E402
from renewals.vault.data_keys import unwrapped  # noqa: E402
from renewals.vault.opening import opening  # noqa: E402
from tests import factories  # noqa: E402


def people() -> None:
    factories.person("ana", role="socio")
    company = factories.company(responsible=factories.person("beto"))
    default_storage.save(company.mandates.get().document.name, ContentFile(b"%PDF-1.4 mandato"))


def secrets() -> None:
    ring = keyring.load()
    found = [bytes(unwrapped(row, ring).secret) for row in CompanyKey.objects.all()]
    keys = list(StoredKey.objects.exclude(generated_passphrase_secret=None))
    with opening(rows=keys, by=Machine("test"), reason="test") as opener:
        found += [bytes(opener.generated_passphrase_of(key)) for key in keys]
    sys.stdout.write("".join(f"{one.hex()}\n" for one in found))


if __name__ == "__main__":
    {"people": people, "secrets": secrets}[sys.argv[1]]()
